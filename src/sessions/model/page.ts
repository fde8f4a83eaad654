/** An open tab. `id` is stable for the life of the tab, also when the host is replaced. */
export interface PageInfo {
  id: string;
  targetId: string;
  url: string;
  title: string;
  active: boolean;
  openerId?: string;
  /** Its process ended: it can be reloaded or closed, and answers nothing else. */
  crashed?: true;
  /** What it asks and waits for: it answers nothing else until that is answered. */
  dialog?: { type: "alert" | "confirm" | "prompt" | "beforeunload"; message: string };
}
