"""Listeners for bearers of tokens (OAUTHBEARER): what is read, what is refused, and what brokers are told.

Brokers hold no secret for it: they fetch the identity provider's public keys and check each token themselves.
"""

import re
from collections.abc import Iterable
from typing import Final

from components.spec.access import ExternalListener, OAuth
from components.spec.reading import Reader

#: In the same place in every line from 3.7 to 4.3; the class of that name in the package `secured` ended with 3.9.
_HANDLER: Final = "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler"
_MODULE: Final = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required"
#: From 3.9.1 on Kafka asks no address that is not named there, and 4.x does not start; earlier ones do not read it.
_ALLOWED: Final = "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls"
#: The module also logs the listener itself in, which nobody uses. Once it has any option it wants this one too, or the
#: broker ends at its start. The token that it makes of it is unsigned, and no listener takes it.
_OWN_LOGIN: Final = 'unsecuredLoginStringClaim_sub="broker"'
#: Nothing that the start scripts, the JVM or the list of allowed addresses would read otherwise.
_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~%/=&+?-]*)?")
_FILE: Final = re.compile(r"(/[A-Za-z0-9._-]+)+")
_CLAIM: Final = re.compile(r"[A-Za-z0-9._:/-]+")
_WORD: Final = re.compile(r"[^\s,]+")


def read_oauth(reader: Reader) -> OAuth:
    """Read the section `oauth` of a listener."""
    default = OAuth(jwks_url="", issuer="", audience=())
    spec = OAuth(
        jwks_url=reader.text("jwks_url"),
        issuer=reader.text("issuer"),
        audience=reader.texts("audience"),
        principal_claim=reader.optional_text("principal_claim") or default.principal_claim,
        scope_claim=reader.optional_text("scope_claim") or default.scope_claim,
        clock_skew_seconds=reader.integer("clock_skew_seconds", lowest=0, highest=600, default=30),
        trusted_certificates=reader.optional_text("trusted_certificates"),
    )
    reader.finish()
    return spec


def check_oauth(field: str, listener: ExternalListener, reader: Reader) -> None:
    """Report tokens that anybody could make, or that were made for somebody else, and what would have no effect."""
    oauth, asked = listener.oauth, listener.authentication == "oauthbearer"
    if oauth is None or not asked:
        if asked:
            why, todo = "brokers must be told whose tokens they believe", "add jwksUrl, issuer and audience"
            reader.report(f"{field}.oauth", None, allowed="an object", why=why, todo=todo)
        elif oauth is not None:
            why, todo = "this listener asks for no token", "remove it, or set authentication: oauthbearer"
            reader.report(f"{field}.oauth", "an object", allowed="none at this listener", why=why, todo=todo)
        return
    if oauth.jwks_url and not _URL.fullmatch(oauth.jwks_url):
        why = "the keys decide who is believed, and by http anybody on the way could put in others"
        todo = "write the provider's jwks_uri, without quotes, blanks and commas"
        reader.report(f"{field}.oauth.jwks_url", oauth.jwks_url, allowed="an address by https", why=why, todo=todo)
    if not oauth.audience or not all(map(_WORD.fullmatch, oauth.audience)):
        why = "without it a token that the provider made for any other service would open this one"
        todo, given = "name what the provider writes into `aud` for Kafka", list(oauth.audience) or None
        reader.report(f"{field}.oauth.audience", given, allowed="words without ','", why=why, todo=todo)
    for name, claim in (("principal_claim", oauth.principal_claim), ("scope_claim", oauth.scope_claim)):
        if not _CLAIM.fullmatch(claim):
            why, todo = "no claim of a token is called so", "copy it from a token"
            reader.report(f"{field}.oauth.{name}", claim, allowed="the name of a claim", why=why, todo=todo)
    file = oauth.trusted_certificates
    if file is not None and not _FILE.fullmatch(file):
        why, todo = "brokers read it as a file of the pod", "mount it by pod.volumes, and write its whole path"
        allowed = "an absolute path of letters, digits, '.', '_' and '-'"
        reader.report(f"{field}.oauth.trusted_certificates", file, allowed=allowed, why=why, todo=todo)


def oauth_properties(listener: ExternalListener) -> dict[str, str]:
    """Return how a listener checks tokens; nothing for one that asks for none."""
    oauth, prefix = listener.oauth, f"listener.name.{listener.name.lower()}"
    if oauth is None:
        return {}
    file = oauth.trusted_certificates
    trust = "" if file is None else f' ssl.truststore.type="PEM" ssl.truststore.location="{file}" {_OWN_LOGIN}'
    return {
        f"{prefix}.sasl.enabled.mechanisms": "OAUTHBEARER",
        f"{prefix}.oauthbearer.sasl.jaas.config": f"{_MODULE}{trust};",
        f"{prefix}.oauthbearer.sasl.server.callback.handler.class": _HANDLER,
        f"{prefix}.sasl.oauthbearer.jwks.endpoint.url": oauth.jwks_url,
        f"{prefix}.sasl.oauthbearer.expected.issuer": oauth.issuer,
        f"{prefix}.sasl.oauthbearer.expected.audience": ",".join(oauth.audience),
        f"{prefix}.sasl.oauthbearer.sub.claim.name": oauth.principal_claim,
        f"{prefix}.sasl.oauthbearer.scope.claim.name": oauth.scope_claim,
        f"{prefix}.sasl.oauthbearer.clock.skew.seconds": str(oauth.clock_skew_seconds),
    }


def oauth_options(listeners: Iterable[ExternalListener]) -> tuple[str, ...]:
    """Return the option of the JVM that lets brokers ask for these keys; none where nobody asks for a token."""
    urls = sorted({listener.oauth.jwks_url for listener in listeners if listener.oauth is not None})
    return (f"{_ALLOWED}={','.join(urls)}",) if urls else ()
