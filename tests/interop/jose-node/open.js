// Opens a sample (argv[2]) with jose in plain configuration; exits non-zero when anything is refused or differs.
import { readFileSync } from "node:fs";
import { deepStrictEqual } from "node:assert";
import { compactDecrypt, decodeProtectedHeader, importJWK, jwtVerify } from "jose";

const sample = JSON.parse(readFileSync(process.argv[2], "utf8"));
const currentDate = new Date(sample.now * 1000);
const { party, controller } = sample;

// The lines of a recipient: open, verify the certificate, verify the payload by the certified key.
const opened = await compactDecrypt(sample.jwe, await importJWK(sample.private_jwk, "ECDH-ES"));
const signed = new TextDecoder().decode(opened.plaintext);
const root = await importJWK(sample.controller_jwk, "ES256");
const cert = await jwtVerify(decodeProtectedHeader(signed).sluicegate_cert, root,
  { issuer: controller, algorithms: ["ES256"], typ: "sluicegate-cert+jwt", currentDate });
const { payload } = await jwtVerify(signed, await importJWK(cert.payload.jwk, "ES256"),
  { audience: party, issuer: cert.payload.sub, algorithms: ["ES256"], typ: "sluicegate-payload+jwt", currentDate });
deepStrictEqual(cert.payload.party, party);

// What the test knows besides.
deepStrictEqual(payload, sample.claims);
deepStrictEqual(cert.payload.jwk, sample.signer_jwk);
deepStrictEqual(opened.protectedHeader.cty, "JWT");
console.log(`jose: opened ${payload.jti}`);
