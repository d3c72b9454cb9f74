// Drives the vendor's JavaScript SDK against a sandbox, from a list of patients to verified webhooks.
//
// Run by hand, in a scratch folder beside a copy of this file:
//   npm install @metriport/api-sdk@18.20.0 @metriport/shared@0.37.0
//   node sdk.mjs http://localhost:9100/sandbox
//
// The sandbox must be able to reach this machine, and better be a fast one:
//   python -m services.sandbox --port 9100 --speed 10 --data <a scratch folder>
//
// Prints one line for each check; exits with 1 when any failed. Afterwards no webhook URL is set.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { MetriportMedicalApi, facilityListSchema, patientSchema } from "@metriport/api-sdk";
import { validateNPI } from "@metriport/shared";

const [baseAddress, key = "sandbox"] = process.argv.slice(2);
if (!baseAddress) {
  console.error("usage: node sdk.mjs <base address> [<API key>]");
  process.exit(2);
}

// The schema allows only those additional ids that a customer may write; answers carry others too.
const shownPatientSchema = patientSchema.omit({ additionalIds: true });

const api = new MetriportMedicalApi(key, { baseAddress });
const webhooks = [];
let failures = 0;

async function check(what, body) {
  try {
    const note = await body();
    console.log(`ok      ${what}${note ? ` (${note})` : ""}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${what}: ${error.cause?.message ?? error.message}`);
  }
}

async function status(call) {
  try {
    await call();
    return 200;
  } catch (error) {
    return error.response?.status;
  }
}

async function until(what, condition) {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await condition();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}`);
}

async function listen() {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const body = JSON.parse(raw);
    webhooks.push({ raw, body, signature: request.headers["x-metriport-signature"] });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(body.ping ? { pong: body.ping } : {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const server = await listen();
let facility, patient, query, settings;

await check("facilities are as the SDK's schema says, with valid NPIs", async () => {
  const facilities = await api.listFacilities();
  facilityListSchema.parse({ facilities });
  facility = facilities[0];
  assert.equal((await api.getFacility(facility.id)).id, facility.id);
  for (const { npi } of facilities) assert.ok(validateNPI(npi), npi);
  return `${facilities.length} facilities`;
});

await check("settings are read, and a URL is set with a ping", async () => {
  const webhookUrl = `http://127.0.0.1:${server.address().port}/`;
  settings = await api.updateSettings(webhookUrl);
  assert.equal((await api.getSettings()).webhookUrl, webhookUrl);
  assert.equal(webhooks[0].body.meta.type, "ping");
  assert.equal((await api.getWebhookStatus()).webhookEnabled, true);
});

await check("patients are listed", async () => {
  const { meta, patients } = await api.listPatients({ facilityId: facility.id });
  assert.ok(patients.length > 0 && meta.itemsInTotal >= patients.length);
  for (const one of patients) shownPatientSchema.parse(one);
  return `${meta.itemsInTotal} patients at the facility`;
});

await check("pages lead to every patient once", async () => {
  let { meta, patients } = await api.listPatients({ pagination: { count: 100 } });
  const total = meta.itemsInTotal;
  const ids = new Set(patients.map(({ id }) => id));
  while (meta.nextPage) {
    ({ meta, patients } = await api.listPatientsPage(meta.nextPage));
    for (const { id } of patients) ids.add(id);
  }
  assert.equal(ids.size, total);
  const back = await api.listPatientsPage(meta.prevPage);
  assert.ok(back.patients.length > 0);
  return `${ids.size} patients`;
});

await check("filters search", async () => {
  const { patients } = await api.listPatients({ filters: '"ollie brown" 1946-03 -jane' });
  assert.deepEqual(
    patients.map(({ firstName }) => firstName),
    ["Ollie"],
  );
});

const demographics = {
  firstName: "Andreas",
  lastName: `Vendorson${Date.now()}`,
  dob: "1952-01-01",
  genderAtBirth: "M",
  address: [{ addressLine1: "1 Main St", city: "Salem", state: "OR", zip: "97301", country: "USA" }],
  contact: [{ phone: "5415550100", email: "andreas@example.org" }],
  personalIdentifiers: [{ type: "driversLicense", value: "51227265", state: "OR" }],
};

await check("a patient is created and read", async () => {
  const externalId = `MRN-${Date.now()}`;
  const created = await api.createPatient({ ...demographics, externalId }, facility.id);
  patient = await api.getPatient(created.id);
  shownPatientSchema.parse(patient);
  assert.deepEqual(patient, created);
  assert.deepEqual(await api.getPatientByExternalId(externalId), created);
});

await check("a patient is matched, a stranger is not", async () => {
  assert.equal((await api.matchPatient(demographics)).id, patient.id);
  assert.equal(await api.matchPatient({ ...demographics, dob: "1952-01-02" }), undefined);
});

await check("an update with a stale eTag is a 412", async () => {
  const changed = { ...patient, contact: [{ phone: "5415550199" }] };
  const updated = await api.updatePatient(changed, facility.id);
  assert.notEqual(updated.eTag, patient.eTag);
  assert.equal(await status(() => api.updatePatient(changed, facility.id)), 412);
  patient = updated;
});

await check("HIE opt-out and treatment relationship are set", async () => {
  assert.equal((await api.updatePatientHieOptOut(patient.id, true)).hieOptOut, true);
  assert.equal((await api.updatePatientHieOptOut(patient.id, false)).hieOptOut, false);
  await api.updatePatientTreatmentRelationship(patient.id, true);
});

const patientId = () => patient.id;

await check("a network query is polled to its end", async () => {
  const sources = {
    hie: { enabled: true },
    pharmacy: { enabled: true, realtime: true },
    lab: { enabled: true },
  };
  const metadata = { ticket: "42" };
  query = await api.startNetworkQuery({ patientId: patientId(), sources, metadata });
  assert.equal(query.status, "processing");
  const done = await until("the query", async () => {
    const found = await api.getNetworkQueryStatus({ requestId: query.requestId });
    return found.status !== "processing" && found;
  });
  assert.equal(done.status, "completed");
  assert.deepEqual(done.sources.map(({ type }) => type).sort(), ["hie", "lab", "pharmacy"]);
});

await check("the legacy form of sources is accepted", async () => {
  const started = await api.startNetworkQuery({ patientId: patientId(), sources: ["lab"] });
  assert.deepEqual(
    started.sources.map(({ type }) => type),
    ["lab"],
  );
});

await check("its webhooks arrive, one per provider", async () => {
  const mine = () => webhooks.filter(({ body }) => body.meta.requestId === query.requestId);
  await until("five webhooks", () => mine().length === 5);
  for (const { body } of mine()) assert.deepEqual(body.meta.data, { ticket: "42" });
  const providers = mine().flatMap(({ body }) => body.payload.source.source ?? []);
  return providers.sort().join(", ");
});

await check("resources are counted", async () => {
  const { total, resources } = await api.countPatientConsolidated(patientId(), ["Condition"]);
  assert.ok(total > 0);
  assert.equal(resources.Condition, total);
  return `${total} conditions`;
});

await check("a consolidated data query brings a download", async () => {
  const started = await api.startConsolidatedQuery(patientId(), ["Condition"]);
  await until("completion", async () => {
    const found = await api.getSingleConsolidatedQueryStatus(patientId(), started.requestId);
    return found.status === "completed";
  });
  const all = await api.getConsolidatedQueryStatus(patientId());
  assert.equal(all.queries[0].requestId, started.requestId);
  const { body } = await until("the webhook", () =>
    webhooks.find(({ body }) => body.meta.requestId === started.requestId),
  );
  const [{ resource }] = body.patients[0].bundle.entry;
  const answer = await fetch(resource.content[0].attachment.url);
  assert.equal(answer.headers.get("content-type"), "application/json");
  return `${(await answer.json()).entry.length} entries`;
});

await check("every webhook is signed and parsed by the SDK", async () => {
  for (const { raw, body, signature } of webhooks) {
    assert.ok(MetriportMedicalApi.verifyWebhookSignature(settings.webhookKey, raw, signature));
    assert.equal(
      MetriportMedicalApi.verifyWebhookSignature(settings.webhookKey, `${raw} `, signature),
      false,
    );
    MetriportMedicalApi.parseWebhookResponse(body);
  }
  const types = new Set(webhooks.map(({ body }) => body.meta.type));
  return `${webhooks.length} webhooks of types ${[...types].sort().join(", ")}`;
});

await check("failed deliveries can be retried", async () => {
  await api.retryWebhookRequests();
  await until("no failures", async () => (await api.getWebhookStatus()).webhookRequestsFailed === 0);
});

await check("errors are as documented", async () => {
  assert.equal(await status(() => api.getPatient("nobody")), 404);
  const stranger = new MetriportMedicalApi("wrong", { baseAddress });
  assert.equal(await status(() => stranger.listPatients()), 403);
});

await check("the webhook URL is cleared", async () => {
  assert.equal((await api.updateSettings(null)).webhookUrl, null);
});

server.close();
server.closeAllConnections();
console.log(failures ? `${failures} checks failed` : "all checks passed");
process.exitCode = failures ? 1 : 0;
