-- One-time codes to contacts that are held already: what is typed on a page proves that its reader has the contact.
--
-- A row lives for a day after its code expired. What the code is stands nowhere: a keyed hash to compare with, and the
-- sealed message until it is handed over.
create table one_time_code (
    cell         smallint not null,
    case_id      bigint not null,
    code_id      bigint not null,
    party_id     bigint not null,
    for_what     text not null,                  -- what the page asks it for; opens nothing else
    channel      text not null check (channel in ('whatsapp', 'email', 'sms')),
    language     text not null,
    jurisdiction text not null,
    recipient    bytea,                          -- blind index of the phone, for the pace; null: an address
    hash         bytea not null,                 -- keyed, bound to code id, party and use
    content      bytea,                          -- sealed message; null once handed over, expired or replaced
    asked_at     timestamptz not null,
    expires_at   timestamptz not null,
    ended_at     timestamptz,                    -- a newer one took its place
    used_at      timestamptz,
    tries        smallint not null default 0,    -- what was typed, right or wrong, also after its end
    state        text not null default 'queued'
        check (state in ('queued', 'sending', 'accepted', 'refused', 'unknown', 'expired')),
    step         text check (step in ('send', 'sending')),
    due_at       timestamptz,
    sender       text,
    calls        smallint not null default 0,
    leased_by    text,
    intended_at  timestamptz,
    answered_at  timestamptz,
    provider_id  text,
    provider_code text,
    proof        text,
    proof_at     timestamptz,
    cost         bigint check (cost >= 0),       -- millionths of a rupiah; null: not charged as far as is known
    primary key (cell, code_id),
    check (step is not null or content is null)
);
create index one_time_code_of_party on one_time_code (cell, case_id, party_id);
create index one_time_code_due on one_time_code (step, due_at) where step is not null;
create index one_time_code_number on one_time_code (provider_id) where channel = 'sms' and provider_id is not null;
create index one_time_code_expiry on one_time_code (expires_at);
