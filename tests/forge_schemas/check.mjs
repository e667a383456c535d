// check.mjs EXCHANGES FOLDER: each exchange (method, path, query, request, status, response; one JSON object a line) must be
// one that GitHub describes: the operation is there, its parameters and the request fit, the status is among those it may
// answer, and the answer is what it says of that status.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [, , file, folder] = process.argv;
const require = createRequire(`${resolve(folder)}/`);
const Ajv = require("ajv").default;
const addFormats = require("ajv-formats").default;
const api = JSON.parse(
  readFileSync(`${folder}/node_modules/@octokit/openapi/generated/api.github.com.json`, "utf8"));

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
for (const name of ["repo.nwo", "int64"]) ajv.addFormat(name, true);
ajv.addSchema({ $id: "api", components: api.components });

/// The description refers to parts of itself.
const part = (node) =>
  node?.$ref ? node.$ref.slice(2).split("/").reduce((at, name) => at[name], api) : node;
const absolute = (node) =>
  JSON.parse(JSON.stringify(node).replaceAll('"#/components/', '"api#/components/'));

function fits(schema, value, what) {
  const validate = ajv.compile(absolute(schema));
  assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors, { separator: "\n  " })}`);
}

const templates = Object.keys(api.paths).map((template) => ({
  template,
  pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, "([^/]+)")}$`),
  wildcards: template.split("{").length,
}));

function operationOf({ method, path }) {
  const found = templates
    .filter(({ template, pattern }) => pattern.test(path) && api.paths[template][method.toLowerCase()])
    .sort((one, other) => one.wildcards - other.wildcards);
  assert.ok(found.length > 0, `GitHub has no ${method} ${path}`);
  const { template, pattern } = found[0];
  const names = [...template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
  const values = pattern.exec(path).slice(1);
  return {
    name: `${method} ${template}`,
    operation: api.paths[template][method.toLowerCase()],
    inPath: Object.fromEntries(names.map((name, i) => [name, values[i]])),
  };
}

/// What stands in an address is text; where a number is wanted it must read as one.
const valueFor = (schema, text) => (schema.type === "integer" ? Number(text) : text);

function check(exchange) {
  const { name, operation, inPath } = operationOf(exchange);
  const given = { path: inPath, query: exchange.query };
  const known = (operation.parameters ?? []).map(part);
  for (const place of ["path", "query"]) {
    for (const [key, text] of Object.entries(given[place])) {
      const parameter = known.find((one) => one.in === place && one.name === key);
      assert.ok(parameter, `${name} has no parameter ${key}`);
      fits(parameter.schema, valueFor(parameter.schema, text), `${name}: ${key}`);
    }
  }
  for (const parameter of known.filter((one) => one.required))
    assert.ok(parameter.name in given[parameter.in], `${name} needs ${parameter.name}`);
  // What is to be refused need not fit.
  const body = part(operation.requestBody)?.content["application/json"].schema;
  if (exchange.request !== null && exchange.status < 400) {
    assert.ok(body, `${name} takes no body`);
    fits(body, exchange.request, `${name}: the request`);
    for (const key of Object.keys(exchange.request))
      assert.ok(key in body.properties, `${name}: GitHub knows no member ${key}`);
  }
  const answers = part(operation.responses[exchange.status]);
  // 401 goes for every operation, and is described with few.
  const schema = (answers ?? part(api.paths["/user"].get.responses[exchange.status]))?.content?.[
    "application/json"]?.schema;
  const everywhere = exchange.status === 401 || (exchange.status === 404 && !answers);
  assert.ok(answers || everywhere, `${name} does not answer ${exchange.status}`);
  fits(schema ?? { $ref: "#/components/schemas/basic-error" }, exchange.response,
    `${name}: the answer ${exchange.status}`);
  return `${name} -> ${exchange.status}`;
}

const exchanges = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const seen = new Map();
for (const exchange of exchanges) {
  const what = check(exchange);
  seen.set(what, (seen.get(what) ?? 0) + 1);
}
for (const [what, times] of [...seen].sort()) console.log(`${what} (${times})`);
const wanted = ["GET /user -> 200", "GET /user -> 401", "GET /user -> 403"];
for (const [operation, statuses] of [
  ["GET /repos/{owner}/{repo}/issues/{issue_number}/comments", [200, 404]],
  ["POST /repos/{owner}/{repo}/issues/{issue_number}/comments", [201, 422]],
  ["PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", [200]],
  ["GET /repos/{owner}/{repo}/pulls", [200]],
  ["POST /repos/{owner}/{repo}/pulls", [201]],
]) for (const status of statuses) wanted.push(`${operation} -> ${status}`);
for (const what of wanted) assert.ok(seen.has(what), `nobody asked for ${what}`);
