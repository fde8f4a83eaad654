/** How the objects print that stand for something outside: a page, a frame, a locator. */
const printers: ((value: object) => string | undefined)[] = [];

/** Adds one; it gives undefined for what is not its own. */
export function addPrinter(printer: (value: object) => string | undefined): void {
  printers.push(printer);
}

/** The text of such an object, or undefined for any other. */
export function printedName(value: object): string | undefined {
  for (const printer of printers) {
    const text = printer(value);
    if (text !== undefined) return text;
  }
  return undefined;
}
