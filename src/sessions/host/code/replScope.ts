/** What a REPL remembers from call to call: its names, the constants among them, and the globals below them. */
import { replHelperName, type ReplHelper } from "./repl.js";

/**
 * The scope of one REPL. Code of `prepareReplCall` runs inside `with (scope.names)`, so that every function,
 * also of earlier calls, sees the newest declaration of a name.
 */
export class ReplScope {
  /** The object to run code in: declarations are its own properties, globals are inherited. */
  readonly names: Record<string, unknown>;
  readonly #globals: Record<string, unknown> = Object.create(null) as Record<string, unknown>;

  constructor() {
    this.names = Object.create(this.#globals) as Record<string, unknown>;
    Object.defineProperty(this.#globals, replHelperName, { value: helperOf(this.names) });
  }

  /** Makes a name known to all code. A declaration of the same name hides it. */
  provide(name: string, value: unknown): void {
    Object.defineProperty(this.#globals, name, { value, writable: true, configurable: true, enumerable: true });
  }

  /** Makes a name known, and takes back what a call before declared under it. */
  renew(name: string, value: unknown): void {
    this.provide(name, value);
    delete this.names[name];
  }

  /** Like `renew`, for a value that is made, or fails, when it is used. */
  renewLazily(name: string, get: () => unknown): void {
    Object.defineProperty(this.#globals, name, { get, configurable: true, enumerable: true });
    delete this.names[name];
  }
}

function helperOf(names: Record<string, unknown>): ReplHelper {
  const variable = (name: string, value: unknown): void =>
    void Object.defineProperty(names, name, { value, writable: true, configurable: true, enumerable: true });
  const constant = (name: string, value: unknown): void =>
    void Object.defineProperty(names, name, {
      get: () => value,
      set: () => {
        throw new TypeError("Assignment to constant variable.");
      },
      configurable: true,
      enumerable: true,
    });
  return {
    const(values) {
      for (const [name, value] of Object.entries(values)) constant(name, value);
    },
    let(values) {
      for (const [name, value] of Object.entries(values)) variable(name, value);
    },
    var(unknown) {
      for (const name of unknown) if (!Object.hasOwn(names, name)) variable(name, undefined);
    },
    open(opened, value) {
      for (const name of opened) variable(name, undefined);
      return value;
    },
    close(_value, closed) {
      for (const name of closed) constant(name, names[name]);
    },
  };
}
