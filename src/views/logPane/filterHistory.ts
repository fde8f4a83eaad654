/** The filters that were used in each kind of pane, the newest first, kept with the workspace. */
import type { Memento } from "vscode";
import type { PaneKind } from "../../sessions/logs/rows.js";

const longest = 30;

export class FilterHistory {
  constructor(private readonly memory: Memento) {}

  of(pane: PaneKind): string[] {
    return this.memory.get<string[]>(keyOf(pane), []);
  }

  async remember(pane: PaneKind, filter: string): Promise<void> {
    const text = filter.trim();
    if (text === "") return;
    await this.memory.update(
      keyOf(pane),
      [text, ...this.of(pane).filter((earlier) => earlier !== text)].slice(0, longest),
    );
  }
}

function keyOf(pane: PaneKind): string {
  return `libretto.filters.${pane}`;
}
