-- What the provider says beside receipts, what people write to our numbers, and what they are answered.

-- Registered texts as the provider sees them. Each aspect keeps the instant of its newest word: words come twice and
-- out of order. A stopped text is claimed by no sender.
create table template_state (
    channel     text not null,
    template    text not null,
    language    text not null,
    status      text,                               -- in the provider's words, lower case
    usable      boolean not null default true,
    status_at   timestamptz,
    quality     text,
    quality_at  timestamptz,
    category    text,
    category_at timestamptz,
    reason      text not null default '',
    stopped     boolean not null generated always as
        (not usable or coalesce(category, 'utility') = 'marketing') stored,
    primary key (channel, template, language)
);

-- Words about an account or a number, once each however often they come.
create table account_word (
    channel text not null,
    sender  text not null,                          -- '': all that share the account
    event   text not null,
    at      timestamptz not null,
    detail  text not null,
    weight  text not null check (weight in ('note', 'alarm', 'stop')),
    received_at timestamptz not null,
    primary key (channel, sender, event, at, detail)
);

-- What a contact said about itself; later notices go round it. The contact is a blind index ('notice', 'phone').
create table contact_mark (
    contact bytea not null,
    mark    text not null check (mark in ('doubtful', 'opted_out')),
    since   timestamptz not null,
    primary key (contact, mark)
);

-- A message from a person. Global: which case it is about, if any, is known only once it is read.
create table inbound (
    inbound_id  bigint primary key,
    channel     text not null,
    message_key bytea not null,                     -- blind index ('inbound', 'message') of the provider's id
    sender      text not null,                      -- ours; '': none that we know, so no answer
    person      bytea not null,                     -- blind index ('inbound', 'person')
    content     bytea not null,                     -- sealed ('inbound', bound to inbound_id)
    at          timestamptz not null,
    received_at timestamptz not null,
    expires_at  timestamptz not null,
    step        text,                               -- answer; null: done
    meaning     text,                               -- check not_mine stop start other; 'flood': not answered
    problem     text,
    unique (channel, message_key)
);
create index inbound_due on inbound (inbound_id) where step is not null;
create index inbound_expired on inbound (expires_at);

-- Our answer, at most one a message: intent committed before the call, an unknown outcome never sent again.
create table reply (
    reply_id     bigint primary key,
    inbound_id   bigint not null unique,
    channel      text not null,
    sender       text not null,
    person       bytea not null,
    kind         text not null,                     -- which wording
    once_on      date,                              -- set: no second one of this kind for the person on that day
    content      bytea not null,                    -- sealed {person, text, about} ('reply', bound to reply_id)
    window_until timestamptz not null,              -- a free text is allowed until then
    state        text not null default 'queued' check (state in
        ('queued', 'sending', 'accepted', 'refused', 'unknown', 'expired')),
    step         text,                              -- send | sending; null: done
    due_at       timestamptz,
    leased_by    text,
    tries        smallint not null default 0,
    created_at   timestamptz not null,
    intended_at  timestamptz,
    answered_at  timestamptz,
    provider_id  text,
    code         text,
    expires_at   timestamptz not null,
    unique (channel, person, kind, once_on)
);
create index reply_due on reply (channel, sender, due_at) where step is not null;
create index reply_expired on reply (expires_at);
