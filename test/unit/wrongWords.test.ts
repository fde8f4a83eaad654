import assert from "node:assert/strict";
import { usageLine } from "../../src/cli/command.js";
import { commands, type CommandName } from "../../src/cli/commands.js";
import { parseCommand } from "../../src/cli/parseCommand.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";

/** What the command says of those words. */
async function refusal(name: CommandName, words: string[]): Promise<LibrettoError> {
  const command = await commands[name]();
  const thrown: unknown = await parseCommand(name, command, words).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof LibrettoError, `\`${[name, ...words].join(" ")}\` is taken`);
  assert.equal(thrown.code, "Usage");
  assert.ok(thrown.hint.startsWith(usageLine(name, command)), thrown.hint);
  return thrown;
}

describe("E: wrong words", () => {
  for (const name of Object.keys(commands) as CommandName[])
    it(`E: ${name} has one message each for a wrong option, a missing value, one too much and a word too many`, async () => {
      const command = await commands[name]();
      const { min, max, names } = command.positionals;
      const some = Array.from({ length: min }, () => "word");
      assert.equal(
        (await refusal(name, [...some, "--no-such-flag"])).message,
        `${name} takes no option --no-such-flag.`,
      );
      for (const [option, { type, value = "value", valueIsOptional, short }] of Object.entries(command.options)) {
        if (type === "boolean") {
          assert.equal((await refusal(name, [...some, `--${option}=yes`])).message, `--${option} takes no value.`);
          continue;
        }
        const missing = `--${option} needs a value: --${option} <${value}>.`;
        for (const spelled of [`--${option}`, ...(short === undefined ? [] : [`-${short}`])])
          if (valueIsOptional !== true || spelled.length === 2) {
            assert.equal((await refusal(name, [...some, spelled])).message, missing);
            assert.equal((await refusal(name, [spelled, "--json", ...some])).message, missing);
          }
      }
      if (min > 0) assert.equal((await refusal(name, [])).message, `${name} needs ${names}.`);
      if (!Number.isFinite(max)) return;
      const { message } = await refusal(name, [...Array.from({ length: max }, () => "word"), "extra"]);
      assert.equal(
        message,
        max === 0
          ? `${name} takes no argument "extra".`
          : `${name} takes no further argument "extra"; it takes ${names}.`,
      );
    });
});
