/** Made when it is needed: loading its tables takes 20 ms, which few processes and no start should wait for. */
let segmenter: Intl.Segmenter | undefined;

/** What a reader sees as characters: a letter with its marks is one. */
export function graphemesOf(text: string): string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
