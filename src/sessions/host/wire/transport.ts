/** How messages get to a browser and back. One text is one message, whole, in either direction. */
export interface Transport {
  /** Where the browser is, for people. */
  readonly address: string;
  /** Whether what a host attached in the browser stays attached when the host dies. */
  readonly outlivesHost: boolean;
  onmessage: (text: string) => void;
  /** Called once, unless `close` was. @param reason in one line, without a full stop */
  onclose: (reason: string) => void;
  /** @param sent called when the system has taken it, or it is lost */
  send(text: string, sent?: () => void): void;
  /** Bytes that wait to be taken by the system. */
  readonly buffered: number;
  /** Ends the connection; the browser goes on. */
  close(): void;
}
