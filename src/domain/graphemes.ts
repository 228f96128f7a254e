const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a reader sees as characters: a letter with its marks is one. */
export function graphemesOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
