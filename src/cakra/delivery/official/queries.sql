-- name: lock_changes
-- Changes take turns: versions have no gaps, and nothing becomes official twice at once.
select pg_advisory_xact_lock(hashtext('cakra.official.change'))

-- name: add_change
insert into official_change (version, at, by, action, reason)
select coalesce(max(version), 0) + 1, $1, $2, $3, $4 from official_change
returning version

-- name: newest_version
select coalesce(max(version), 0) from official_change

-- name: changes
-- Newest first, with what each change was about.
select c.version, c.at, c.by, c.action, c.reason,
    coalesce(s.channel, 'host') as kind, coalesce(s.published, h.host) as name,
    case c.action
        when 'register' then coalesce(s.valid_from, h.valid_from)
        else coalesce(s.valid_to, h.valid_to) end as effective
from official_change c
left join official_sender s on c.version in (s.version, s.retired_version)
left join official_host h on c.version in (h.version, h.retired_version)
order by c.version desc

-- name: all_senders
select entry_id, channel, sender, published, display_name, purpose, notes, portfolio, valid_from, valid_to, version,
    registered_by, registered_at, reason, retired_version, retired_by, retired_at, retire_reason
from official_sender
order by channel, valid_from, entry_id

-- name: all_hosts
select entry_id, host, purpose, notes, valid_from, valid_to, version,
    registered_by, registered_at, reason, retired_version, retired_by, retired_at, retire_reason
from official_host
order by valid_from, entry_id

-- name: add_sender
insert into official_sender (entry_id, channel, sender, published, display_name, purpose, notes, portfolio, valid_from,
    version, registered_by, registered_at, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: add_host
insert into official_host (entry_id, host, purpose, notes, valid_from, version, registered_by, registered_at, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: close_sender
update official_sender
set valid_to = $2, retired_version = $3, retired_by = $4, retired_at = $5, retire_reason = $6
where entry_id = $1 and valid_to is null

-- name: close_host
update official_host
set valid_to = $2, retired_version = $3, retired_by = $4, retired_at = $5, retire_reason = $6
where entry_id = $1 and valid_to is null

-- name: lock_publications
-- Publications take turns; who serves requests may only add to the table, so it cannot lock it.
select pg_advisory_xact_lock(hashtext('cakra.official.publication'))

-- name: newest_publication
select number, version, issued_at, valid_until, key_id, document, signature
from official_publication order by number desc limit 1

-- name: publication
select number, version, issued_at, valid_until, key_id, document, signature from official_publication where number = $1

-- name: add_publication
insert into official_publication (number, version, issued_at, valid_until, key_id, document, signature)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: know_key
insert into official_key (key_id, public_pem, since) values ($1, $2, $3)
on conflict (key_id) do update set key_id = excluded.key_id
returning revoked_at

-- name: keys
select key_id, public_pem, since, revoked_at, revoked_by, revoke_reason from official_key order by since, key_id

-- name: revoke_key
update official_key set revoked_at = $2, revoked_by = $3, revoke_reason = $4
where key_id = $1 and revoked_at is null
returning key_id
