"""Settings of the ways to reach an owner."""

from datetime import time
from pathlib import Path
from typing import Literal

from pydantic import Field

from cakra.kit.settings.section import Section


class WhatsAppNumber(Section):
    """One more official number of the same business account."""

    phone_number_id: str = Field(description="Sending phone number id.")
    display_number: str = Field(description="As published in the register of official senders.")
    access_token: str = Field("", description="System user token; empty: the main number's.")
    rate_per_s: float | None = Field(
        None, ge=0, description="Its throughput, messages a second; 0: unlimited, left out: as the main number."
    )


class WhatsApp(Section):
    """The WhatsApp Business account that sends."""

    base_url: str = Field(
        "http://127.0.0.1:8090", description="Provider's address; loopback with a synthetic register."
    )
    api_version: str = Field("v25.0", description="Graph API version.")
    account_id: str = Field("100000000000001", description="WhatsApp Business account id.")
    phone_number_id: str = Field("100000000000002", description="Sending phone number id.")
    display_number: str = Field("+62 800 0000 0000", description="As published in the register of official senders.")
    access_token: str = Field("", description="System user token.")
    more_numbers: tuple[WhatsAppNumber, ...] = Field((), description="Further numbers that share the load.")
    app_secret: str = Field("", description="Signs webhooks.")
    verify_token: str = Field("", description="Confirms the webhook subscription.")
    timeout_s: float = Field(10.0, gt=0, description="After this a call's outcome is unknown.")
    connections: int = Field(64, ge=1, description="Calls in flight at once.")
    rate_per_s: float = Field(80.0, ge=0, description="Throughput of one number over all hosts; 0: unlimited.")
    burst: int = Field(40, ge=1, description="Messages of one number that may leave at once after a quiet time.")
    pair_s: float = Field(
        6.0, ge=0, description="Seconds between two messages of one number to the same person; 0: any."
    )
    pair_burst: int = Field(1, ge=1, description="That many to the same person may leave at once.")
    inbound_days: int = Field(30, ge=8, description="How long messages from people, and our answers, are kept.")
    checks_per_hour: int = Field(10, ge=1, description="Wrong references one person may ask about in an hour.")
    messages_per_hour: int = Field(30, ge=1, description="More messages of one person in an hour are not answered.")
    portfolio: str = Field("", description="Business portfolio whose daily limit the numbers share; empty: none.")
    daily_limit: int | None = Field(
        None, ge=1, description="People the portfolio may write to in 24 hours; left out: unlimited."
    )


class Sms(Section):
    """SMS, off by policy: one short text without a link, through an SMS centre (SMPP) or an aggregator."""

    enabled: bool = Field(default=False, description="Only when the directorate has decided so in writing.")
    provider: Literal["smpp", "infobip"] = Field("smpp", description="An SMS centre, or an aggregator over HTTP.")
    source: str = Field("", description="Registered sender: a name of at most 11 characters, or a number.")
    brand: str = Field("ETLE", description="Must be in every text, as the networks ask.")
    host: str = Field("127.0.0.1", description="SMS centre; loopback with a synthetic register.")
    port: int = Field(2775, description="Its port.")
    tls: bool = Field(default=False, description="SMPP over TLS.")
    system_id: str = Field("", description="Who we are at the SMS centre.")
    password: str = Field("", description="At most 8 characters, as SMPP 3.4 has it.")
    system_type: str = Field("", description="Where the SMS centre asks for one.")
    window: int = Field(10, ge=1, le=1000, description="Submits without an answer at once.")
    submits_per_s: float = Field(50.0, ge=1, description="Agreed rate; lowered by itself while we are throttled.")
    response_timeout_s: float = Field(10.0, gt=0, description="After this a submit's outcome is unknown.")
    enquire_s: float = Field(30.0, gt=0, description="A connection silent for this long is asked whether it lives.")
    validity_h: int = Field(12, ge=1, le=99, description="The network gives up after this: no SMS after the letter.")
    message_ids: Literal["same", "hex_then_decimal", "decimal_then_hex"] = Field(
        "same", description="How the SMS centre writes ids in its answers and in its receipts."
    )
    alphabet: Literal["gsm", "latin1"] = Field("gsm", description="What data coding the SMS centre takes.")
    receipt_zone: str = Field("Asia/Jakarta", description="Zone of the times in the SMS centre's receipts.")
    echoes_reference: bool = Field(default=False, description="The SMS centre returns user_message_reference.")
    infobip_base_url: str = Field("", description="The account's own address; loopback with a synthetic register.")
    infobip_key: str = Field("", description="API key.")
    infobip_callback_url: str = Field("", description="Where delivery reports are to be posted.")
    infobip_callback_user: str = Field("", description="Basic authentication of those posts.")
    infobip_callback_password: str = Field("", description="Basic authentication of those posts.")


class Email(Section):
    """E-mail through a mail server beside us (Postfix), which queues, encrypts and repeats; off without a host."""

    host: str = Field("", description="Mail server that takes our messages; empty: no e-mail.")
    port: int = Field(25, ge=1, le=65535, description="Its port.")
    tls: Literal["none", "offered", "required", "implicit"] = Field(
        "offered",
        description="STARTTLS when offered, or required (certificate checked); implicit: TLS from the first byte.",
    )
    ca_file: Path | None = Field(None, description="Certificates to check the server by; empty: the system's.")
    user: str = Field("", description="Signs in, where the server asks for it.")
    password: str = Field("", description="Only sent to a server that proved who it is, or on loopback.")
    envelope_domain: str = Field("", description="Bounces come back to bounce+…@ this domain.")
    bounce_folder: Path | None = Field(None, description="Maildir in which these bounces arrive.")
    from_address: str = Field("", description="As published in the register of official senders.")
    from_name: str = Field("", description="Shown beside the address.")
    dkim_domain: str = Field("", description="Domain that signs; the sender's own or above it.")
    dkim_selector: str = Field("", description="Names the public key in the DNS.")
    dkim_key_file: Path | None = Field(None, description="Private key, RSA of at least 2,048 bits, PEM.")
    connections: int = Field(8, ge=1, description="Messages handed over at once.")
    rate_per_s: float = Field(0.0, ge=0, description="E-mails a second over all hosts; 0: unlimited.")
    burst: int = Field(20, ge=1, description="E-mails that may leave at once after a quiet time.")
    timeout_s: float = Field(30.0, gt=0, description="After this a hand-over's outcome is unknown.")


class Letter(Section):
    """Letters, printed and posted by a print house that gets a batch a day over SFTP; off without a host."""

    enabled: bool = Field(default=False, description="Letters are set and kept for the print house.")
    sender: str = Field("Surat Ditlantas", description="The office as published in the register of official senders.")
    cut_off: time = Field(time(17, 30), description="From this time on a day's letters go to the print house.")
    zone: str = Field("Asia/Jakarta", description="Zone of the cut-off and of the letters' dates.")
    look_every_s: float = Field(180.0, gt=0, description="How often a due batch, or a response, is looked for.")
    keep_days: int = Field(60, ge=1, description="Letters are erased from the spool this long after their hand-over.")
    certificate: Path | None = Field(None, description="PKCS #12 that signs each PDF (PAdES); empty: not signed.")
    passphrase: str = Field("", description="Opens the certificate.")
    spool: Path = Field(Path("var/letters"), description="Where letters wait for their batch; holds addresses.")
    prefix: str = Field("CAKRA", pattern=r"^[A-Z0-9]{1,12}$", description="Batches are named PREFIX-20261121.")
    service_class: str = Field("REGULER", description="Postal service, as agreed with the print house.")
    offices: Path | None = Field(None, description="Offices and Posko (TOML as outside/letter/office.toml).")
    host: str = Field("", description="Print house; loopback with a synthetic register.")
    port: int = Field(22, ge=1, le=65535, description="Its SFTP port.")
    user: str = Field("", description="Our account there.")
    key_file: Path | None = Field(None, description="Our private SSH key.")
    known_hosts: Path | None = Field(None, description="Its host key, as in OpenSSH's known_hosts.")
    folder: str = Field(".", description="Where archives are put.")
    responses: str = Field("responses", description="Where its response files lie.")
    timeout_s: float = Field(60.0, gt=0, description="A print house silent for this long is given up.")
    signing_key: Path | None = Field(None, description="Ed25519 key that signs batches, PEM.")
    rate_per_s: float = Field(0.0, ge=0, description="Letters set a second over all hosts; 0: unlimited.")
    burst: int = Field(20, ge=1, description="Letters that may be set at once after a quiet time.")


class Health(Section):
    """When a sender rests because its calls fail or crawl, and how it comes back."""

    window_s: float = Field(20.0, ge=1, le=300, description="Calls of the last so many seconds count.")
    least_calls: int = Field(5, ge=2, description="Fewer calls than this decide nothing.")
    fault_share: float = Field(0.5, gt=0, le=1, description="Share of faults (a slow call is half a one) to rest at.")
    slow_s: float = Field(5.0, gt=0, description="A call that takes longer is slow.")
    rest_s: float = Field(15.0, gt=0, description="First rest; it doubles each time until the sender stayed calm.")
    longest_rest_s: float = Field(600.0, gt=0, description="No rest is longer.")
    calm_s: float = Field(300.0, gt=0, description="Open for so long, the next rest is a first one again.")
    probe_calls: int = Field(3, ge=1, le=100, description="Calls that must succeed before it has its full share.")
    probe_wait_s: float = Field(15.0, gt=0, description="Without an answer to these, as many are tried again.")


class Notice(Section):
    """How a notice is worded and how long it waits."""

    unknown_after_s: float = Field(60.0, description="A leased send without an answer is unknown after this.")
    settle_after_s: float | None = Field(
        None, gt=0, description="How long every channel waits for proof, instead of the ladder's own times."
    )
    max_tries: int = Field(6, description="Attempts on one rung while the provider says try again.")


class Senders(Section):
    """The register of official senders, as it is published."""

    signing_key: Path | None = Field(
        None, description="Ed25519 key that signs publications, PEM, 0600; beside an embedded database one is made."
    )
    valid_days: int = Field(
        7, ge=1, le=90, description="How long a publication holds; it is renewed by itself after half of this."
    )
