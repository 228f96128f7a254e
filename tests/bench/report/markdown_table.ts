/** A column of a table: its heading, and the side that its cells stand on. */
export type Column = { heading: string; align: "left" | "right" };

/** A table as `deno fmt` writes it. */
export function markdownTable(columns: Column[], rows: string[][]): string {
  const widths = columns.map(({ heading }, index) =>
    Math.max(3, heading.length, ...rows.map((row) => row[index]?.length ?? 0))
  );
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const padded = (cells: string[]) =>
    line(columns.map(({ align }, index) => {
      const [cell, width] = [cells[index] ?? "", widths[index] ?? 0];
      return align === "left" ? cell.padEnd(width) : cell.padStart(width);
    }));
  const rule = columns.map(({ align }, index) => {
    const width = widths[index] ?? 0;
    return align === "left" ? "-".repeat(width) : `${"-".repeat(width - 1)}:`;
  });
  return [
    padded(columns.map(({ heading }) => heading)),
    line(rule),
    ...rows.map(padded),
  ].join("\n");
}

/** A column of words. */
export function words(heading: string): Column {
  return { heading, align: "left" };
}

/** A column of numbers. */
export function numbers(heading: string): Column {
  return { heading, align: "right" };
}
