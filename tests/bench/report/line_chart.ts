/**
 * Line charts as SVG, both axes logarithmic; readable on light and on dark ground.
 *
 * @module
 */

/** A line; the dashed ones are of what it is compared with. */
export type Line = { name: string; color: number; dashed: boolean; points: [number, number][] };

/** One chart, `WIDTH` by `HEIGHT`. */
export type Chart = { title: string; xLabel: string; yLabel: string; lines: Line[] };

const WIDTH = 500;
const HEIGHT = 390;
const LEFT = 64;
const RIGHT = 30;
const TOP = 36;
const BOTTOM = 114;
const LEGEND_COLUMN = 230;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .ground { fill: #ffffff; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; }
  .dashed { stroke-dasharray: 5 4; }
  .c0 { stroke: #0969da; } .c1 { stroke: #cf222e; } .c2 { stroke: #1a7f37; } .c3 { stroke: #8250df; }
  .c4 { stroke: #9a6700; } .c5 { stroke: #59636e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .ground { fill: #0d1117; }
    .grid { stroke: #3d444d; }
    .c0 { stroke: #4493f8; } .c1 { stroke: #ff7b72; } .c2 { stroke: #3fb950; } .c3 { stroke: #ab7df8; }
    .c4 { stroke: #d29922; } .c5 { stroke: #9198a1; }
  }
`;

/** Charts side by side in one picture. */
export function chartsToSvg(description: string, charts: Chart[]): string {
  const width = WIDTH * charts.length;
  const parts = charts.map((chart, index) =>
    `<g transform="translate(${index * WIDTH} 0)">\n${drawChart(chart)}\n</g>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img">`,
    `<title>${escape(description)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${width}" height="${HEIGHT}"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

type Axis = { ticks: number[]; at: (value: number) => number };

function drawChart({ title, xLabel, yLabel, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const xTicks = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const x = axis(xTicks, LEFT, WIDTH - RIGHT);
  const y = axis(ticksFor(points.map(([, y]) => y)), HEIGHT - BOTTOM, TOP);
  const middleY = (TOP + HEIGHT - BOTTOM) / 2;
  return [
    text(WIDTH / 2, 20, title, `class="title" text-anchor="middle"`),
    ...y.ticks.flatMap((tick) => [
      `<line class="grid" x1="${LEFT}" y1="${y.at(tick)}" x2="${WIDTH - RIGHT}" y2="${
        y.at(tick)
      }"/>`,
      text(LEFT - 6, y.at(tick) + 4, tickLabel(tick), `text-anchor="end"`),
    ]),
    ...x.ticks.flatMap((tick) => [
      `<line class="grid" x1="${x.at(tick)}" y1="${TOP}" x2="${x.at(tick)}" y2="${
        HEIGHT - BOTTOM
      }"/>`,
      text(x.at(tick), HEIGHT - BOTTOM + 16, tickLabel(tick), `text-anchor="middle"`),
    ]),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 36, xLabel, `text-anchor="middle"`),
    text(14, middleY, yLabel, `text-anchor="middle" transform="rotate(-90 14 ${middleY})"`),
    ...lines.map((line) => drawLine(line, x, y)),
    ...lines.flatMap(drawLegend),
  ].join("\n");
}

function drawLine({ color, dashed, points }: Line, x: Axis, y: Axis): string {
  const path = points.map(([px, py], index) => `${index === 0 ? "M" : "L"}${x.at(px)} ${y.at(py)}`)
    .join(" ");
  return `<path class="line c${color}${dashed ? " dashed" : ""}" d="${path}"/>`;
}

function drawLegend({ name, color, dashed }: Line, index: number): string[] {
  const x = LEFT - 40 + (index % 2) * LEGEND_COLUMN;
  const y = HEIGHT - BOTTOM + 58 + Math.floor(index / 2) * 18;
  return [
    `<path class="line c${color}${dashed ? " dashed" : ""}" d="M${x} ${y} h22"/>`,
    text(x + 28, y + 4, name),
  ];
}

function axis(ticks: number[], from: number, to: number): Axis {
  const [low, high] = [Math.log(ticks[0] ?? 1), Math.log(ticks.at(-1) ?? 1)];
  const share = (value: number) => high === low ? 0.5 : (Math.log(value) - low) / (high - low);
  return { ticks, at: (value) => Math.round((from + share(value) * (to - from)) * 10) / 10 };
}

/** 1, 2 and 5 of each power of ten, from below the least value to above the greatest; only the powers where that is many. */
function ticksFor(values: number[]): number[] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const powers = { from: Math.floor(Math.log10(least)), to: Math.ceil(Math.log10(greatest)) };
  const steps = powers.to - powers.from > 3 ? [1] : [1, 2, 5];
  const all: number[] = [];
  for (let power = powers.from; power <= powers.to; power++) {
    all.push(...steps.map((step) => Number(`${step}e${power}`)));
  }
  const first = all.findLastIndex((tick) => tick <= least);
  const last = all.findIndex((tick) => tick >= greatest);
  return all.slice(Math.max(0, first), last + 1);
}

function tickLabel(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 4 });
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escape(content)}</text>`.replace(" >", ">");
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
