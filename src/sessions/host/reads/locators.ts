/** Rebuilds Playwright's locators from the descriptions that the interpreter sends. */
import type { Frame, FrameLocator, Locator, Page } from "playwright-core";
import * as z from "zod/mini";
import { NotAllowed } from "./refusals.js";
import { patternSource, plainSelector } from "./selectors.js";
import type { LocatorStepName } from "../sandbox/surface.js";

/** Steps of one description, those of locators inside it counted in. */
const maxSteps = 200;
/** Locators inside locators: Playwright writes one into the other as quoted text, which doubles its length at each level. */
const maxNested = 5;
const text = z.string().check(z.maxLength(20_000));
const regExp = z.strictObject({
  regExp: z.tuple([z.string().check(z.maxLength(10_000)), z.string().check(z.regex(/^[dgimsuvy]{0,8}$/))]),
});
const pattern = z.union([text, regExp]);
const flag = z.optional(z.boolean());
/** Playwright writes a role into its selector as it is. */
const role = z.string().check(z.maxLength(100), z.regex(/^[\w-]+$/, "a role is a word, such as button"));

/** Where a locator starts and how it goes on; each step is checked against `steps` when it is taken. */
export const descriptionSchema = z.strictObject({
  locator: z.strictObject({
    /** Number of a frame (see `RunFrames`); the page's main frame where it is absent. */
    frame: z.optional(z.int()),
    steps: z.array(z.tuple([text], z.unknown())).check(z.minLength(1), z.maxLength(maxSteps)),
  }),
});
type LocatorDescription = z.infer<typeof descriptionSchema>;
type PatternData = z.infer<typeof pattern>;

const exact = z.optional(z.strictObject({ exact: flag }));
const within = {
  has: z.optional(descriptionSchema),
  hasNot: z.optional(descriptionSchema),
  hasText: z.optional(pattern),
  hasNotText: z.optional(pattern),
};
const roleOptions = z.strictObject({
  checked: flag,
  disabled: flag,
  exact: flag,
  expanded: flag,
  includeHidden: flag,
  pressed: flag,
  selected: flag,
  level: z.optional(z.int()),
  name: z.optional(pattern),
  description: z.optional(pattern),
});

/** What a step is taken from. Page, frame and frame locator have the factories in common with the locator. */
type Place = Page | Frame | Locator | FrameLocator;

/** Rebuilds what stands inside the arguments of a step. */
interface Rebuild {
  locator(description: LocatorDescription): Locator;
  /** @throws NotAllowed for one that is not for users */
  selector(selector: string): string;
}

/** Schema of the arguments, and the step itself. Whatever has no entry here is denied. */
const factories = {
  locator: step(
    z.tuple([z.union([text, descriptionSchema]), z.optional(z.strictObject(within))]),
    (at, [selector, options], rebuild) =>
      (at as Locator).locator(
        typeof selector === "string" ? rebuild.selector(selector) : rebuild.locator(selector),
        filterOptions(options, rebuild),
      ),
  ),
  getByRole: step(z.tuple([role, z.optional(roleOptions)]), (at, [role, options]) =>
    at.getByRole(role as "button", named(options)),
  ),
  getByText: step(z.tuple([pattern, exact]), (at, [wanted, options]) =>
    at.getByText(toPattern(wanted), defined(options)),
  ),
  getByLabel: step(z.tuple([pattern, exact]), (at, [wanted, options]) =>
    at.getByLabel(toPattern(wanted), defined(options)),
  ),
  getByPlaceholder: step(z.tuple([pattern, exact]), (at, [wanted, options]) =>
    at.getByPlaceholder(toPattern(wanted), defined(options)),
  ),
  getByAltText: step(z.tuple([pattern, exact]), (at, [wanted, options]) =>
    at.getByAltText(toPattern(wanted), defined(options)),
  ),
  getByTitle: step(z.tuple([pattern, exact]), (at, [wanted, options]) =>
    at.getByTitle(toPattern(wanted), defined(options)),
  ),
  getByTestId: step(z.tuple([pattern]), (at, [wanted]) => at.getByTestId(toPattern(wanted))),
  frameLocator: step(z.tuple([text]), (at, [selector]) => at.frameLocator(plainSelector(selector))),
};
const nth = z.tuple([z.int()]);
const nothing = z.tuple([]);
const refinements = {
  filter: step(z.tuple([z.optional(z.strictObject({ ...within, visible: flag }))]), (at, [options], rebuild) =>
    (at as Locator).filter({
      ...filterOptions(options, rebuild),
      ...(options?.visible === undefined ? {} : { visible: options.visible }),
    }),
  ),
  first: step(nothing, (at) => (at as Locator).first()),
  last: step(nothing, (at) => (at as Locator).last()),
  nth: step(nth, (at, [index]) => (at as Locator).nth(index)),
  and: step(z.tuple([descriptionSchema]), (at, [other], rebuild) => (at as Locator).and(rebuild.locator(other))),
  or: step(z.tuple([descriptionSchema]), (at, [other], rebuild) => (at as Locator).or(rebuild.locator(other))),
  visible: step(nothing, (at) => (at as Locator).visible()),
  within: step(z.tuple([descriptionSchema]), (at, [other], rebuild) => (at as Locator).within(rebuild.locator(other))),
  describe: step(z.tuple([text]), (at, [description]) => (at as Locator).describe(description)),
  contentFrame: step(nothing, (at) => (at as Locator).contentFrame()),
};
const ofFrameLocator = {
  first: step(nothing, (at) => (at as FrameLocator).first()),
  last: step(nothing, (at) => (at as FrameLocator).last()),
  nth: step(nth, (at, [index]) => (at as FrameLocator).nth(index)),
  owner: step(nothing, (at) => (at as FrameLocator).owner()),
};

type Step = (at: Place, args: unknown[], rebuild: Rebuild) => Locator | FrameLocator;

/** Which steps lead on from what, and what they give. */
const steps: Record<
  "root" | "locator" | "frameLocator",
  ReadonlyMap<string, { take: Step; gives: "locator" | "frameLocator" }>
> = {
  root: table(factories),
  locator: table(factories, refinements),
  frameLocator: table(factories, ofFrameLocator),
};

/** Every step that some object takes, for the test that holds this table against `surface.ts`. */
export const stepNames = {
  root: [...steps.root.keys()],
  locator: [...steps.locator.keys()],
  frameLocator: [...steps.frameLocator.keys()],
};

function table(...parts: Partial<Record<LocatorStepName, Step>>[]): (typeof steps)["root"] {
  return new Map(
    parts.flatMap((part) =>
      Object.entries(part).map(([name, take]): [string, { take: Step; gives: "locator" | "frameLocator" }] => {
        const frames =
          name === "frameLocator" || name === "contentFrame" || (part === ofFrameLocator && name !== "owner");
        return [name, { take, gives: frames ? "frameLocator" : "locator" }];
      }),
    ),
  );
}

function step<S extends z.core.$ZodType>(
  schema: S,
  take: (at: Place, args: z.infer<S>, rebuild: Rebuild) => Locator | FrameLocator,
): Step {
  return (at, args, rebuild) => take(at, z.parse(schema, args), rebuild);
}

/** A ref of a snapshot, which can only begin a selector. */
const refAtStart = /^\s*aria-ref=((?:f\d+)?e\d+)(?=\s|$)/;

/** The refs of snapshots that a locator, or one inside it, begins with. */
export function refsIn(description: LocatorDescription): string[] {
  return [...JSON.stringify(description).matchAll(/"\s*aria-ref=((?:f\d+)?e\d+)(?=[\s"\\])/g)].map(
    ([, ref = ""]) => ref,
  );
}

/**
 * Rebuilds a locator. Nothing is looked for in the page yet.
 * @param root the page, or the frame of a number
 * @param selectors of the elements that refs name: no Playwright knows the refs of another's snapshot
 * @throws NotAllowed for a step that is not in the table, a ZodError for arguments that do not fit
 */
export function rebuildLocator(
  description: LocatorDescription,
  root: (frame: number | undefined) => Page | Frame,
  selectors: ReadonlyMap<string, string> = new Map(),
): Locator {
  let taken = 0;
  let depth = 0;
  const selector = (given: string): string => {
    const [start = "", ref = ""] = refAtStart.exec(given) ?? [];
    const own = selectors.get(ref);
    return own === undefined ? plainSelector(given) : own + plainSelector(given.slice(start.length));
  };
  const build = ({ locator }: LocatorDescription): Locator => {
    if (++depth > maxNested) throw new NotAllowed(`a locator inside ${maxNested} others`);
    let at: Place = root(locator.frame);
    let kind: keyof typeof steps = "root";
    for (const [name, ...args] of locator.steps) {
      if (++taken > maxSteps) throw new NotAllowed(`a locator of more than ${maxSteps} steps`);
      const next: { take: Step; gives: "locator" | "frameLocator" } | undefined = steps[kind].get(name);
      if (!next) throw new NotAllowed(`${kind === "root" ? "page" : kind}.${name}`);
      at = next.take(at, args, { locator: build, selector });
      kind = next.gives;
    }
    depth--;
    if (kind !== "locator") throw new NotAllowed("a frame locator where a locator is wanted");
    return at as Locator;
  };
  return build(description);
}

function toPattern(data: PatternData): string | RegExp {
  return typeof data === "string" ? data : new RegExp(patternSource(...data.regExp), data.regExp[1]);
}

/** Playwright takes an absent option, not an undefined one. */
function defined<T extends object>(options: T | undefined): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function named(options: z.infer<typeof roleOptions> | undefined): Parameters<Page["getByRole"]>[1] {
  const { name, description, ...rest } = options ?? {};
  return {
    ...defined(rest),
    ...(name === undefined ? {} : { name: toPattern(name) }),
    ...(description === undefined ? {} : { description: toPattern(description) }),
  };
}

function filterOptions(
  options: z.infer<z.ZodMiniObject<typeof within>> | undefined,
  rebuild: Rebuild,
): NonNullable<Parameters<Locator["locator"]>[1]> {
  const { has, hasNot, hasText, hasNotText } = options ?? {};
  return {
    ...(has === undefined ? {} : { has: rebuild.locator(has) }),
    ...(hasNot === undefined ? {} : { hasNot: rebuild.locator(hasNot) }),
    ...(hasText === undefined ? {} : { hasText: toPattern(hasText) }),
    ...(hasNotText === undefined ? {} : { hasNotText: toPattern(hasNotText) }),
  };
}
