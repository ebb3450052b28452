-- name: find_owners
-- The spell that held at each instant, one index probe a wanted plate; `place` counts from 1. `disputed`: what the
-- register was told of the plate from some instant before on contradicts itself.
select
    wanted.place, exists (
        select from register_dispute as d where d.plate = spell.plate and d.since <= wanted.at
    ) as disputed,
    spell.plate, spell.valid_from, spell.valid_to, spell.vehicle_kind, spell.brand, spell.model,
    spell.colour, spell.year, spell.plate_colour, spell.electric, spell.chassis_last5, spell.owner_key, spell.owner
from unnest($1::text[], $2::timestamptz[]) with ordinality as wanted (plate, at, place)
cross join lateral (
    select * from registration
    where registration.plate = wanted.plate
        and registration.valid_from <= wanted.at
        and (registration.valid_to is null or wanted.at < registration.valid_to)
    order by registration.valid_from desc
    limit 1
) as spell;

-- name: find_papers
-- Spells of this plate to which one of these whole numbers belongs; $2, $3 blind indexes of chassis and engine.
select valid_from, valid_to
from registration
where plate = $1 and (chassis = $2 or engine = $3)
order by valid_from;

-- name: register_is_synthetic
select coalesce((select synthetic from register_meta), false);

-- name: count_registered
select count(*) from registration;

-- name: lock_import
-- One import at a time; released when the session ends, however it ends.
select pg_try_advisory_lock(hashtext('cakra.register.import'));

-- name: unlock_import
select pg_advisory_unlock(hashtext('cakra.register.import'));

-- name: known_kind
-- Whether the register is synthetic; null while nothing was imported.
select (select synthetic from register_meta);

-- name: begin_import
insert into register_import (import_id, source, file_name, sha256, synthetic) values ($1, $2, $3, $4, $5);

-- name: drop_repeats
-- A row that stands twice in the file, alike in every part, counts once.
delete from register_staging as later
using register_staging as earlier
where earlier.plate = later.plate and earlier.valid_from = later.valid_from
    and earlier.fingerprint = later.fingerprint and earlier.line < later.line;

-- name: refuse_overlaps
-- After the import no two spells of a plate may overlap. An open end says only that none is known: the next spell
-- ends it (`end_open`). Of two ends that are told, which is right is not ours to guess, nor of two owners from one
-- instant: every staged row of such a plate is refused. Exact repeats do not count. Neighbours suffice: if any two
-- overlap, so do two neighbours.
with merged as (
    select distinct plate, valid_from, valid_to, fingerprint from register_staging
    union all
    select plate, valid_from, case when ended_by_next then null else valid_to end, fingerprint from registration
    where exists (select from register_staging as staged where staged.plate = registration.plate)
        and not exists (
            select from register_staging as staged
            where staged.plate = registration.plate and staged.valid_from = registration.valid_from
        )
), neighbours as (
    select plate, valid_from, lag(valid_from) over spells as earlier_from, lag(valid_to) over spells as earlier_until
    from merged
    window spells as (partition by plate order by valid_from, valid_to)
)
delete from register_staging
where plate in (select plate from neighbours where valid_from = earlier_from or valid_from < earlier_until)
returning line, plate, valid_from;

-- name: note_disputes
insert into register_dispute as known (plate, since, import_id)
select plate, min(since), $3 from unnest($1::text[], $2::timestamptz[]) as refused (plate, since) group by plate
on conflict (plate) do update set since = least(known.since, excluded.since), import_id = excluded.import_id;

-- name: note_unread
-- A row that was refused begins a spell behind every one that is known: from then on the last of them is in doubt.
insert into register_dispute as known (plate, since, import_id)
select unread.plate, min(unread.since), $3
from unnest($1::text[], $2::timestamptz[]) as unread (plate, since)
where exists (select from registration as r where r.plate = unread.plate)
    and not exists (select from registration as r where r.plate = unread.plate and r.valid_from >= unread.since)
group by unread.plate
on conflict (plate) do update set since = least(known.since, excluded.since), import_id = excluded.import_id;

-- name: settle_disputes
-- What this import tells of these plates contradicts nothing any more.
delete from register_dispute where exists (
    select from register_staging as staged where staged.plate = register_dispute.plate
);

-- name: end_open
-- A spell whose end is not known ends where the next one of its plate begins, in the file or in the register.
-- One row for each end that is new and of another owner: the line to tell it by (the later row's, else its own).
with merged as (
    select
        s.plate, s.valid_from, s.valid_to, s.owner_key, s.line,
        case when known.ended_by_next then known.valid_to end as known_end
    from register_staging as s
    left join registration as known on known.plate = s.plate and known.valid_from = s.valid_from
    union all
    select
        plate, valid_from, case when ended_by_next then null else valid_to end, owner_key, null,
        case when ended_by_next then valid_to end
    from registration
    where exists (select from register_staging as staged where staged.plate = registration.plate)
        and not exists (
            select from register_staging as staged
            where staged.plate = registration.plate and staged.valid_from = registration.valid_from
        )
), following as (
    select
        merged.*, lead(valid_from) over spells as next_from, lead(line) over spells as next_line,
        lead(owner_key) over spells as next_key
    from merged
    window spells as (partition by plate order by valid_from)
), ending as (
    select * from following where valid_to is null and next_from is not null
), staged as (
    update register_staging as s set valid_to = ending.next_from, ended_by_next = true
    from ending where ending.line is not null and s.plate = ending.plate and s.valid_from = ending.valid_from
), registered as (
    update registration as r set valid_to = ending.next_from, ended_by_next = true
    from ending
    where ending.line is null and r.plate = ending.plate and r.valid_from = ending.valid_from
        and r.valid_to is distinct from ending.next_from
)
select coalesce(next_line, line) as line, plate, valid_from, next_from, next_line is not null as by_this_row
from ending
where (next_line is not null or line is not null)
    and next_from is distinct from known_end
    and (next_key is null or next_key is distinct from owner_key)
order by 1;

-- name: merge_staging
-- New spells are inserted, changed ones replaced, equal ones left alone (neither written nor locked).
with changed as (
    select staged.* from register_staging as staged
    left join registration as known using (plate, valid_from)
    where known.fingerprint is distinct from staged.fingerprint
        or known.valid_to is distinct from staged.valid_to
), written as (
    insert into registration (
        plate, valid_from, valid_to, vehicle_kind, brand, model, colour, year, plate_colour, electric,
        chassis_last5, chassis, engine, owner_key, owner, phone, fingerprint, ended_by_next, source
    )
    select
        plate, valid_from, valid_to, vehicle_kind, brand, model, colour, year, plate_colour, electric,
        chassis_last5, chassis, engine, owner_key, owner, phone, fingerprint, ended_by_next, $1::text
    from changed
    order by plate, valid_from
    on conflict (plate, valid_from) do update set
        valid_to = excluded.valid_to, vehicle_kind = excluded.vehicle_kind, brand = excluded.brand,
        model = excluded.model, colour = excluded.colour, year = excluded.year,
        plate_colour = excluded.plate_colour, electric = excluded.electric,
        chassis_last5 = excluded.chassis_last5, chassis = excluded.chassis, engine = excluded.engine,
        owner_key = excluded.owner_key, owner = excluded.owner,
        phone = excluded.phone, fingerprint = excluded.fingerprint, ended_by_next = excluded.ended_by_next,
        source = excluded.source, imported_at = now()
    returning (xmax = 0) as inserted
)
select count(*) filter (where inserted) as inserted, count(*) filter (where not inserted) as updated from written;

-- name: last_shares
-- What the newest import that took rows held of contacts; none where nothing was imported since they are counted.
select taken, with_phone, with_email, with_number from register_import
where finished_at is not null and taken > 0 order by finished_at desc limit 1;

-- name: registered_shares
-- The same of everything that is registered, for a register that was imported before that.
select count(*) as taken, count(phone) as with_phone, null::bigint as with_email, count(owner_key) as with_number
from registration;

-- name: set_kind
insert into register_meta (synthetic) values ($1) on conflict (one) do nothing;

-- name: finish_import
update register_import
set finished_at = now(), rows = $2, inserted = $3, updated = $4, unchanged = $5, wrong = $6, report = $7,
    taken = $8, with_phone = $9, with_email = $10, with_number = $11, ended = $12
where import_id = $1;
