/** A stretch of a document that moves with the edits around it. */
export interface Mark {
  start: number;
  end: number;
}

/** One edit: the text between two offsets became `length` other characters. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

/** Moves a mark with an edit. Answers false when the edit took away all of it. */
export function moveMark(mark: Mark, { start, end, length }: Edit): boolean {
  if (end > start && start <= mark.start && end >= mark.end && mark.end > mark.start) return false;
  const moved = (offset: number, sticky: boolean): number => {
    if (offset < start || (offset === start && !sticky)) return offset;
    return offset >= end ? offset + length - (end - start) : start + (sticky ? length : 0);
  };
  // Text typed right before a mark pushes it; text typed right behind it does not belong to it.
  mark.start = moved(mark.start, true);
  mark.end = Math.max(mark.start, moved(mark.end, false));
  return true;
}
