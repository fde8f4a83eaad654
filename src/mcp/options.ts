/** With what the server was started. */
export interface McpOptions {
  /** Offers `exec` and `run`, which run code that the client hands over. */
  allowExec: boolean;
  /** Whatever the client asks: nothing that it opens has write access, and nothing that changes a page is offered. */
  readOnly: boolean;
}
