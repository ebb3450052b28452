-- Money and proof: what each attempt cost, budgets, and canaries.

-- In millionths of a rupiah; null: not charged as far as is known. `billable` is the provider's own word.
alter table attempt
    add cost bigint check (cost >= 0),
    add billable boolean;

-- What was spent, as it is written beside the attempts themselves: one row a set, never updated, so that writers
-- never wait for each other. The clockwork folds these rows into `spending`; a report adds the two.
create table spending_entry (
    cell         smallint not null,
    entry_id     bigint generated always as identity,
    channel      text not null,
    sender       text not null,
    day          date not null,                  -- of the intent, Asia/Jakarta: the day the books know
    kind         text not null check (kind in ('case', 'canary')),
    messages     integer not null,
    micro_rupiah bigint not null,                -- may be negative: a correction
    primary key (cell, entry_id)
);

create table spending (
    jurisdiction text not null,                  -- '' for canaries
    day          date not null,
    channel      text not null,
    sender       text not null,
    kind         text not null check (kind in ('case', 'canary')),
    messages     bigint not null,
    micro_rupiah bigint not null,
    primary key (day, channel, sender, jurisdiction, kind)
);

-- A budget of a channel holds from its month on until another takes its place; none is ever changed.
create table budget (
    budget_id   bigint primary key,
    channel     text not null check (channel in ('whatsapp', 'email', 'sms', 'letter')),
    from_month  date not null check (extract(day from from_month) = 1),
    rupiah      bigint not null check (rupiah > 0),
    policy      text not null check (policy in ('alarm', 'hold')),
    set_by      text not null references officer,
    set_at      timestamptz not null,
    reason      text not null
);
create index budget_of_channel on budget (channel, from_month desc, budget_id desc);

-- Each alarm is told once a month, by whichever worker sees it first.
create table budget_alarm (
    channel   text not null,
    month     date not null,
    budget_id bigint not null references budget,
    kind      text not null check (kind in ('forecast', 'near', 'reached')),
    at        timestamptz not null,
    primary key (channel, month, budget_id, kind)
);

-- A channel whose budget is spent and whose policy is `hold`: notices with a further rung among `open_channels`
-- leave it, all others go on. Read by every claim.
create table budget_hold (
    channel       text primary key,
    month         date not null,
    budget_id     bigint not null references budget,
    open_channels text[] not null,
    since         timestamptz not null
);

-- A synthetic notice a channel and sender each few minutes. The intent is committed before the call.
create table canary (
    canary_id   bigint primary key,
    channel     text not null,
    sender      text not null,
    at          timestamptz not null,
    state       text not null,                   -- intended accepted held refused unknown
    code        text not null default '',
    provider_id text,
    ms          integer,                         -- how long the call took
    proof       text,                            -- sent delivered read failed returned
    proof_at    timestamptz,
    proof_ms    integer,                         -- from the intent to the first proof of delivery
    cost        bigint check (cost >= 0),
    alarmed_at  timestamptz                      -- it was told that this one did not sing
);
create index canary_newest on canary (channel, sender, at desc);

-- Every wording that was ever in force under a template's name, so that a notice can be held against what it said.
create table wording (
    sha256   bytea not null,
    template text not null,
    language text not null,
    text     text not null,
    since    timestamptz not null,
    primary key (template, language, since)
);
