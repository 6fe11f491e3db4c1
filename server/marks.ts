/** A range of a document that moves with the edits around it. */
export interface Mark {
  start: number;
  end: number;
}

/** One edit: the text between two offsets was replaced by `length` characters. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

/** Moves a mark with an edit. False if the edit removed all of it. */
export function moveMark(mark: Mark, { start, end, length }: Edit): boolean {
  if (end > start && start <= mark.start && end >= mark.end && mark.end > mark.start) return false;
  const moved = (offset: number, sticky: boolean): number => {
    if (offset < start || (offset === start && !sticky)) return offset;
    return offset >= end ? offset + length - (end - start) : start + (sticky ? length : 0);
  };
  // text typed directly before a mark moves it; text typed directly after it is not part of it
  mark.start = moved(mark.start, true);
  mark.end = Math.max(mark.start, moved(mark.end, false));
  return true;
}
