/** Publishes what the client would not: any header lines. Resolves when the server has it. */
export async function publishRaw(
  url: string,
  subject: string,
  reply: string,
  headerLines: string,
  payload: string,
): Promise<void> {
  const encode = (text: string) => new TextEncoder().encode(text);
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  const block = `NATS/1.0\r\n${headerLines}\r\n`;
  const [headerBytes, allBytes] = [encode(block).length, encode(block + payload).length];
  const publish = `HPUB ${subject} ${reply} ${headerBytes} ${allBytes}\r\n${block}${payload}\r\n`;
  const options = '{"verbose":false,"headers":true,"protocol":1}';
  const writer = socket.writable.getWriter();
  await writer.write(encode(`CONNECT ${options}\r\n${publish}PING\r\n`));
  let answer = "";
  for await (const text of socket.readable.pipeThrough(new TextDecoderStream())) {
    answer += text;
    if (answer.includes("PONG")) return;
  }
  throw new Error(`The server hung up: ${answer}`);
}
