// check.mjs SERVER FOLDER: what Oracle's SDK does with the tests' OCI endpoint. What it signs must be taken, and what it is
// answered it must understand, or the endpoint is not what a store may be tested against.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [, , program, folder] = process.argv;
const require = createRequire(`${folder}/`);
const common = require("oci-common");
const { ObjectStorageClient } = require("oci-objectstorage");

const server = spawn(program, ["--page-size", "2"], { stdio: ["pipe", "pipe", "inherit"] });
const facts = JSON.parse(
  await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).once("line", resolve);
    server.once("exit", () => reject(new Error("the server did not start")));
  }),
);

function clientOf(fingerprint) {
  const provider = new common.SimpleAuthenticationDetailsProvider(
    facts.tenancy, facts.user, fingerprint, facts.key, null, common.Region.US_PHOENIX_1);
  const client = new ObjectStorageClient(
    { authenticationDetailsProvider: provider },
    { retryConfiguration: common.NoRetryConfigurationDetails });
  client.endpoint = facts.url;
  return client;
}

const client = clientOf(facts.fingerprint);
const bucket = { namespaceName: facts.namespace, bucketName: facts.bucket };
const object = (objectName, more = {}) => ({ ...bucket, objectName, ...more });

async function textOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

async function fails(promise, status, code) {
  const error = await promise.then(() => assert.fail(`expected ${status} ${code}`), (e) => e);
  assert.deepEqual([error.statusCode, error.serviceCode], [status, code], String(error));
}

const checks = {
  "an object is put and comes back, with its headers": async () => {
    const put = await client.putObject(object("dir/a b+c.json", { putObjectBody: "one" }));
    assert.match(put.eTag, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    assert.ok(put.opcRequestId);
    assert.match(put.lastModified, /^20[0-9]{2}-[0-9]{2}-[0-9]{2}T/);
    const got = await client.getObject(object("dir/a b+c.json"));
    assert.equal(await textOf(got.value), "one");
    assert.equal(got.eTag, put.eTag);
    const head = await client.headObject(object("dir/a b+c.json"));
    assert.equal(head.eTag, put.eTag);
    assert.equal(head.contentLength, 3);
  },
  "metadata comes back, and a part of an object": async () => {
    await client.putObject(object("meta", { putObjectBody: "0123456789", opcMeta: { origin: "x" } }));
    const got = await client.getObject(object("meta", { range: new common.Range(2, 4, null) }));
    assert.equal(await textOf(got.value), "234");
    assert.deepEqual({ ...got.opcMeta }, { "opc-meta-origin": "x" });
  },
  "an upload in parts is an object once it is committed": async () => {
    const name = { objectName: "parted" };
    const { multipartUpload } = await client.createMultipartUpload({
      ...bucket, ifNoneMatch: "*",
      createMultipartUploadDetails: { object: "parted", metadata: { "opc-meta-origin": "x" } } });
    const upload = { ...bucket, ...name, uploadId: multipartUpload.uploadId };
    const parts = [];
    for (const [partNum, text] of [[2, "two"], [1, "one"], [3, "left out"]]) {
      const { eTag } = await client.uploadPart(
        { ...upload, uploadPartNum: partNum, uploadPartBody: text, contentLength: text.length });
      parts.push({ partNum, etag: eTag });
    }
    await fails(client.getObject(object("parted")), 404, "ObjectNotFound");
    const commit = (more) => client.commitMultipartUpload({ ...upload, ifNoneMatch: "*", ...more });
    await fails(commit({ commitMultipartUploadDetails: { partsToCommit: [parts[1], parts[0]] } }),
      400, "InvalidUploadPart");
    await commit({ commitMultipartUploadDetails:
      { partsToCommit: [parts[1], parts[0]], partsToExclude: [3] } });
    const got = await client.getObject(object("parted"));
    assert.equal(await textOf(got.value), "onetwo");
    assert.deepEqual({ ...got.opcMeta }, { "opc-meta-origin": "x" });
    await fails(client.createMultipartUpload({ ...bucket, ifNoneMatch: "*",
      createMultipartUploadDetails: { object: "parted" } }), 412, "IfNoneMatchFailed");
  },
  "an upload in parts is let go of": async () => {
    const { multipartUpload } = await client.createMultipartUpload(
      { ...bucket, createMultipartUploadDetails: { object: "dropped" } });
    const upload = { ...bucket, objectName: "dropped", uploadId: multipartUpload.uploadId };
    await client.abortMultipartUpload(upload);
    await fails(client.abortMultipartUpload(upload), 404, "NoSuchUpload");
  },
  "a conditional create succeeds once": async () => {
    await client.putObject(object("lock", { putObjectBody: "mine", ifNoneMatch: "*" }));
    await fails(client.putObject(object("lock", { putObjectBody: "other", ifNoneMatch: "*" })),
      412, "IfNoneMatchFailed");
    assert.equal(await textOf((await client.getObject(object("lock"))).value), "mine");
  },
  "a stale condition changes nothing": async () => {
    const { eTag } = await client.putObject(object("cond", { putObjectBody: "a" }));
    await client.putObject(object("cond", { putObjectBody: "b", ifMatch: eTag }));
    await fails(client.putObject(object("cond", { putObjectBody: "c", ifMatch: eTag })),
      412, "IfMatchFailed");
    await fails(client.deleteObject(object("cond", { ifMatch: eTag })), 412, "IfMatchFailed");
    assert.equal(await textOf((await client.getObject(object("cond"))).value), "b");
  },
  "lists go on where a page ends": async () => {
    for (const n of [1, 2, 3, 4, 5]) await client.putObject(object(`list/${n}`, { putObjectBody: "" }));
    const names = [];
    let start;
    let pages = 0;
    do {
      const { listObjects } = await client.listObjects(
        { ...bucket, prefix: "list/", start, fields: "name,size,etag,timeCreated" });
      for (const { name, etag } of listObjects.objects) {
        assert.ok(etag);
        names.push(name);
      }
      start = listObjects.nextStartWith;
      pages += 1;
    } while (start);
    assert.deepEqual(names, ["list/1", "list/2", "list/3", "list/4", "list/5"]);
    assert.equal(pages, 3);
    const folders = await client.listObjects({ ...bucket, prefix: "li", delimiter: "/" });
    assert.deepEqual(folders.listObjects.prefixes, ["list/"]);
  },
  "an object is deleted, once": async () => {
    await client.putObject(object("gone", { putObjectBody: "x" }));
    await client.deleteObject(object("gone"));
    await fails(client.getObject(object("gone")), 404, "ObjectNotFound");
    await fails(client.deleteObject(object("gone")), 404, "ObjectNotFound");
  },
  "the namespace and the bucket are told": async () => {
    assert.equal((await client.getNamespace({})).value, facts.namespace);
    assert.equal((await client.getBucket(bucket)).bucket.name, facts.bucket);
  },
  "a missing bucket is not a missing object": async () => {
    await fails(client.getObject({ ...object("x"), bucketName: "other" }), 404, "BucketNotFound");
    await fails(client.listObjects({ ...bucket, bucketName: "other" }), 404, "BucketNotFound");
  },
  "whoever is not known is refused": async () => {
    await fails(clientOf("00:11").getObject(object("lock")), 401, "NotAuthenticated");
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}\n${error.stack}`);
  }
}
server.stdin.end();
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
// The SDK keeps timers that would hold the process.
process.exit(failed === 0 ? 0 : 1);
