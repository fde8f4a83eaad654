/**
 * What the MCP library takes of the platform. Its own for Node brings a validator of JSON Schemas for answers to
 * questions that a server asks a person through its client; nothing is asked here, and it is a third of the program.
 */
import process from "node:process";

export { process };

export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error("Nothing is asked through the client.");
  }
}
