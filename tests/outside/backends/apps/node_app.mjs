// A chat route of the AI SDK on node's own HTTP server, as its docs have it: `node node_app.mjs FOLDER ai|ai6 PORT`.
// 40 tokens at known times; REFUSED, BOOM, MID, TOOL and COUNT n by the question. GET /counts says what it saw.
import http from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , folder, name, port] = process.argv;
const here = createRequire(folder + "/app.mjs"); // where the packages are installed
const load = (path) => import(pathToFileURL(here.resolve(path)));
const { streamText, convertToModelMessages, stepCountIs, isStepCount, jsonSchema } = await load(name);
const mocks = await load(`${name}/test`);
const MockModel = mocks.MockLanguageModelV4 ?? mocks.MockLanguageModelV3;
const FIRST_MS = 150;
const GAP_MS = 20;
const WORDS = ["alpha ", "beta ", "gamma ", "delta "];
const counts = { asked: 0, ended: 0, left: 0 };
const tokens = { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined };
const usage = { inputTokens: tokens, outputTokens: { total: 40, text: 40, reasoning: undefined } };
const finish = (reason) => ({ type: "finish", finishReason: { unified: reason, raw: undefined }, usage });
const until = (due) => new Promise((done) => setTimeout(done, Math.max(0, due - performance.now())));

const question = (prompt) => prompt.filter((one) => one.role === "user").at(-1).content.at(-1).text;

// Errors are parts, as the package's own providers give them.
async function* parts(prompt, signal) {
  const asked = question(prompt);
  if (asked.includes("TOOL") && prompt.at(-1).role !== "tool") {
    yield { type: "tool-call", toolCallId: "call_1", toolName: "get_weather", input: '{"city":"Paris"}' };
    yield finish("tool-calls");
    return;
  }
  const most = Number(/COUNT (\d+)/.exec(asked)?.[1] ?? 40);
  yield { type: "text-start", id: "t" };
  let due = performance.now() + FIRST_MS;
  for (let number = 0; number < most; number++) {
    await until(due);
    due += GAP_MS;
    if (signal?.aborted) return;
    if (asked.includes("MID") && number === 20) {
      yield { type: "error", error: new Error("model broke in the middle") };
      yield finish("error");
      return;
    }
    yield { type: "text-delta", id: "t", delta: WORDS[number % 4] };
  }
  yield { type: "text-end", id: "t" };
  yield finish("stop");
}

const model = new MockModel({
  doStream: async ({ prompt, abortSignal }) => {
    if (question(prompt).includes("BOOM")) throw new Error("model broke at once");
    return { stream: ReadableStream.from(parts(prompt, abortSignal)) };
  },
});
const get_weather = {
  description: "Of a city.",
  inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } } }),
  execute: async ({ city }) => `sunny in ${city}`,
};

async function chat(request, response) {
  let body = "";
  for await (const part of request) body += part;
  if (body.includes("REFUSED")) {
    response.writeHead(429, { "content-type": "application/json", "retry-after": "1" });
    response.end('{"error":{"message":"too many questions"}}');
    return;
  }
  counts.asked++;
  const leaving = new AbortController();
  response.on("close", () => {
    counts[response.writableFinished ? "ended" : "left"]++;
    leaving.abort();
  });
  const messages = await convertToModelMessages(JSON.parse(body).messages);
  const stopWhen = (isStepCount ?? stepCountIs)(2);
  const tools = { get_weather };
  const result = streamText({ model, messages, tools, stopWhen, abortSignal: leaving.signal, onError: () => {} });
  result.pipeUIMessageStreamToResponse(response);
}

http
  .createServer((request, response) => {
    if (request.url === "/counts") response.end(JSON.stringify(counts));
    else if (request.url === "/api/chat" && request.method === "POST") chat(request, response);
    else response.writeHead(404).end();
  })
  .listen(Number(port), "127.0.0.1");
