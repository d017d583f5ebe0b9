"""Opens a sample (argv[1]) with jwcrypto in plain configuration; exits non-zero when anything is refused or differs."""

import json
import sys

from jwcrypto import jwe, jwk, jws

with open(sys.argv[1], encoding="utf-8") as file:
    sample = json.load(file)


def verified(compact, key, typ):
    token = jws.JWS()
    token.deserialize(compact, key, alg="ES256")
    assert token.jose_header["typ"] == typ
    return json.loads(token.payload)


# The lines of a recipient: open, verify the certificate, verify the payload by the certified key.
opened = jwe.JWE()
opened.deserialize(sample["jwe"], jwk.JWK(**sample["private_jwk"]))
signed = opened.payload.decode()
header = jws.JWS.from_jose_token(signed).jose_header
certificate = verified(header["sluicegate_cert"], jwk.JWK(**sample["controller_jwk"]), "sluicegate-cert+jwt")
claims = verified(signed, jwk.JWK(**certificate["jwk"]), "sluicegate-payload+jwt")
assert certificate["iss"] == sample["controller"] and certificate["party"] == sample["party"]
assert claims["aud"] == sample["party"] and claims["iss"] == certificate["sub"]
assert claims["iat"] <= sample["now"] < min(claims["exp"], certificate["exp"])

# What the test knows besides.
assert claims == sample["claims"]
assert certificate["jwk"] == sample["signer_jwk"]
print("jwcrypto: opened", claims["jti"])
