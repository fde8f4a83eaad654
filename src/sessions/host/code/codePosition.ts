/** A place in the user's text. Both count from 1, as editors show them; columns count UTF-16 units. */
export interface CodePosition {
  line: number;
  column: number;
}
