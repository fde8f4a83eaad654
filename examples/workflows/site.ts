/** Address of the example site; the tests serve it on a port of their own. */
export const site = process.env["EXAMPLE_SITE"] ?? "http://127.0.0.1:4310";
