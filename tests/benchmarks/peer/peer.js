// The peer of the sync benchmark: PouchDB against express-pouchdb over loopback, both on LevelDB, default batches.
// Reads records as lines of JSON from the file of its first argument; prints one line of JSON with its figures.
"use strict";

const fs = require("fs");
const http = require("http");
const os = require("os");
const path = require("path");
const express = require("express");
const PouchDB = require("pouchdb");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "alongside-peer-"));
const records = fs.readFileSync(process.argv[2], "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const changed = Number(process.argv[3]);

async function seconds(work) {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / 1e9;
}

async function main() {
  const Server = PouchDB.defaults({ prefix: path.join(folder, "server") + path.sep });
  fs.mkdirSync(path.join(folder, "server"));
  const app = express();
  app.use("/", require("express-pouchdb")(Server, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: path.join(folder, "log") }));
  const traffic = { bytes: 0, requests: 0 };
  const server = http.createServer(app);
  server.on("connection", (socket) => socket.on("close", () => { traffic.bytes += socket.bytesRead + socket.bytesWritten; }));
  server.on("request", () => { traffic.requests += 1; });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const remote = () => new PouchDB(`http://127.0.0.1:${server.address().port}/records`);
  const local = (name) => new PouchDB(path.join(folder, name));

  const first = local("first");
  await first.bulkDocs(records.map((record) => ({ ...record, _id: record.id })));
  const push = await seconds(() => first.replicate.to(remote()));
  const second = local("second");
  const pull = await seconds(() => second.replicate.from(remote()));
  if ((await second.info()).doc_count !== records.length) throw new Error("the peer lost records");

  const some = await first.allDocs({ include_docs: true, limit: changed });
  await first.bulkDocs(some.rows.map(({ doc }) => ({ ...doc, text: `${doc.text} Again.` })));
  const pushChanged = await seconds(() => first.replicate.to(remote()));
  const pullChanged = await seconds(() => second.replicate.from(remote()));
  traffic.requests = 0;
  const idle = await seconds(() => second.replicate.from(remote()));
  process.stdout.write(JSON.stringify({ push, pull, pushChanged, pullChanged, idle, idleRequests: traffic.requests }) + "\n");
  fs.rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

main().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
