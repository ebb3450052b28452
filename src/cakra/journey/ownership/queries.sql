-- name: find_owners
-- The spell that held at each instant, one index probe a wanted plate; `place` counts from 1.
select
    wanted.place, spell.plate, spell.valid_from, spell.valid_to, spell.vehicle_kind, spell.brand, spell.model,
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
-- After the import no two spells of a plate may overlap. Which of two is right is not ours to guess:
-- every staged row of such a plate is refused. Exact repeats do not count. Neighbours suffice: if any two overlap, so do two neighbours.
with merged as (
    select distinct plate, valid_from, valid_to, fingerprint from register_staging
    union all
    select plate, valid_from, valid_to, fingerprint from registration
    where exists (select from register_staging as staged where staged.plate = registration.plate)
        and not exists (
            select from register_staging as staged
            where staged.plate = registration.plate and staged.valid_from = registration.valid_from
        )
), neighbours as (
    select plate, valid_from, lag(coalesce(valid_to, 'infinity'), 1) over (
        partition by plate order by valid_from, valid_to
    ) as earlier_until
    from merged
)
delete from register_staging
where plate in (select plate from neighbours where valid_from < earlier_until)
returning line;

-- name: merge_staging
-- New spells are inserted, changed ones replaced, equal ones left alone (neither written nor locked).
with changed as (
    select staged.* from register_staging as staged
    left join registration as known using (plate, valid_from)
    where known.fingerprint is distinct from staged.fingerprint
), written as (
    insert into registration (
        plate, valid_from, valid_to, vehicle_kind, brand, model, colour, year, plate_colour, electric,
        chassis_last5, owner_key, owner, phone, fingerprint, source
    )
    select
        plate, valid_from, valid_to, vehicle_kind, brand, model, colour, year, plate_colour, electric,
        chassis_last5, owner_key, owner, phone, fingerprint, $1::text
    from changed
    order by plate, valid_from
    on conflict (plate, valid_from) do update set
        valid_to = excluded.valid_to, vehicle_kind = excluded.vehicle_kind, brand = excluded.brand,
        model = excluded.model, colour = excluded.colour, year = excluded.year,
        plate_colour = excluded.plate_colour, electric = excluded.electric,
        chassis_last5 = excluded.chassis_last5, owner_key = excluded.owner_key, owner = excluded.owner,
        phone = excluded.phone, fingerprint = excluded.fingerprint, source = excluded.source, imported_at = now()
    returning (xmax = 0) as inserted
)
select count(*) filter (where inserted) as inserted, count(*) filter (where not inserted) as updated from written;

-- name: set_kind
insert into register_meta (synthetic) values ($1) on conflict (one) do nothing;

-- name: finish_import
update register_import
set finished_at = now(), rows = $2, inserted = $3, updated = $4, unchanged = $5, wrong = $6, report = $7
where import_id = $1;
