-- What speaks in the police's name: official senders and hosts, their history, and what was published of them.
-- Rows are never edited but for closing: valid_to and the retired_* columns are written once.

-- Every change has the next number; the public document carries it.
create table official_change (
    version integer primary key check (version > 0),
    at      timestamptz not null,
    by      text not null,                        -- user name, or 'machine' for a demonstration's own
    action  text not null check (action in ('register', 'retire')),
    reason  text not null
);

-- A number, address, SMS name or office. `sender` is its canonical form (core/delivery/official.py), `published` how people
-- read it. In force at an instant t: valid_from <= t and (valid_to is null or t < valid_to).
create table official_sender (
    entry_id        bigint primary key,
    channel         text not null check (channel in ('whatsapp', 'email', 'sms', 'letter')),
    sender          text not null,
    published       text not null,
    display_name    text not null,                -- what the phone or the mailbox shows beside it
    purpose         text not null,                -- what it is used for, in words for the public
    notes           text not null default '',
    portfolio       text,                         -- business portfolio at the provider whose limits it shares
    valid_from      timestamptz not null,
    valid_to        timestamptz,
    version         integer not null references official_change,
    registered_by   text not null,
    registered_at   timestamptz not null,
    reason          text not null,
    retired_version integer references official_change,
    retired_by      text,
    retired_at      timestamptz,
    retire_reason   text,
    check (valid_to >= valid_from),
    check ((valid_to is null) = (retired_version is null))
);
create unique index official_sender_open on official_sender (channel, sender) where valid_to is null;

-- An exact host name that messages may name.
create table official_host (
    entry_id        bigint primary key,
    host            text not null,
    purpose         text not null,
    notes           text not null default '',
    valid_from      timestamptz not null,
    valid_to        timestamptz,
    version         integer not null references official_change,
    registered_by   text not null,
    registered_at   timestamptz not null,
    reason          text not null,
    retired_version integer references official_change,
    retired_by      text,
    retired_at      timestamptz,
    retire_reason   text,
    check (valid_to >= valid_from),
    check ((valid_to is null) = (retired_version is null))
);
create unique index official_host_open on official_host (host) where valid_to is null;

-- Public keys that ever signed a publication; the newest unrevoked one signs.
create table official_key (
    key_id     text primary key,                  -- first 16 hex characters of the SHA-256 of the DER public key
    public_pem text not null,
    since      timestamptz not null,
    revoked_at timestamptz,
    revoked_by text,
    revoke_reason text
);

-- Every document that was signed, byte for byte.
create table official_publication (
    number      integer primary key check (number > 0),
    version     integer not null,                 -- 0: nothing was registered yet
    issued_at   timestamptz not null,
    valid_until timestamptz not null,
    key_id      text not null references official_key,
    document    text not null,
    signature   bytea not null                    -- Ed25519 over the document's UTF-8 bytes
);
