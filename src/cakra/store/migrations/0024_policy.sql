-- Policy as data: what a directorate decides for itself, in editions that begin on a local day.
-- Edition 0 of every kind is the packaged file and is not stored. Two people make an edition: one drafts, one approves.
create table policy (
    kind         text not null,
    jurisdiction text not null,                  -- 'ID': the nation
    edition      integer not null check (edition > 0),
    valid_from   date not null,                  -- local day of the jurisdiction; of a case, its violation's
    content      text not null,                  -- TOML as the packaged file of the kind
    drafted_by   text not null,
    drafted_at   timestamptz not null,
    approved_by  text,                           -- null: a draft
    approved_at  timestamptz,
    primary key (kind, jurisdiction, edition),
    check ((approved_by is null) = (approved_at is null)),
    check (approved_by <> drafted_by)
);
-- Of what is approved, one edition a day.
create unique index policy_day on policy (kind, jurisdiction, valid_from) where approved_at is not null;

-- What was decided under which editions: 'automation:PMJ/3 thresholds:ID/0'. Empty: before editions were kept.
alter table screening add column editions text not null default '';
alter table notice add column editions text not null default '';

-- The modes of automation as they are set become the first edition of each jurisdiction, in force since ever, so that
-- a passage that waits here is judged as it would have been.
insert into policy (kind, jurisdiction, edition, valid_from, content, drafted_by, drafted_at, approved_by, approved_at)
select 'automation', j.code, 1, date '2000-01-01',
    format(E'[[automation]]\noffence = "*"\nmode = "%s"\n', j.automation) || coalesce((
        select string_agg(format(E'\n[[automation]]\noffence = %s\nmode = "%s"\n', to_json(p.offence), p.automation), ''
                          order by p.offence)
        from automation_policy p where p.jurisdiction = j.code
    ), ''),
    'migration', now(), 'as it was set', now()
from jurisdiction j;
drop table automation_policy;
alter table jurisdiction drop column automation;
