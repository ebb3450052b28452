-- name: lock_templates
-- The states that some words speak of, as they are, in key order so that two workers never wait in a circle.
select t.template, t.language, t.stopped, t.quality, t.category
from template_state t
join unnest($2::text[], $3::text[]) as w(template, language)
    on t.template = w.template and t.language = w.language
where t.channel = $1
order by t.template, t.language
for update of t

-- name: keep_template_word
-- Newer words win, aspect by aspect; a word that was overtaken changes nothing.
-- $1 channel, $2 template, $3 language, $4 at, $5 status, $6 usable, $7 quality, $8 category, $9 reason.
insert into template_state as t
    (channel, template, language, status, usable, status_at, quality, quality_at, category, category_at, reason)
values ($1, $2, $3, $5, coalesce($6, true), case when $5::text is not null then $4::timestamptz end,
    $7, case when $7::text is not null then $4 end, $8, case when $8::text is not null then $4 end, $9)
on conflict (channel, template, language) do update set
    status = case when $5 is not null and $4 >= coalesce(t.status_at, $4) then $5 else t.status end,
    usable = case when $6::boolean is not null and $4 >= coalesce(t.status_at, $4) then $6 else t.usable end,
    reason = case when $5 is not null and $4 >= coalesce(t.status_at, $4) then $9 else t.reason end,
    status_at = case when $5 is not null then greatest(t.status_at, $4) else t.status_at end,
    quality = case when $7 is not null and $4 >= coalesce(t.quality_at, $4) then $7 else t.quality end,
    quality_at = case when $7 is not null then greatest(t.quality_at, $4) else t.quality_at end,
    category = case when $8 is not null and $4 >= coalesce(t.category_at, $4) then $8 else t.category end,
    category_at = case when $8 is not null then greatest(t.category_at, $4) else t.category_at end
returning t.stopped, t.quality, t.category, t.status, t.reason

-- name: stopped_templates
select t.template, t.language from template_state t where t.channel = $1 and t.stopped

-- name: everything_paused
select exists (select from pause p where p.resumed_at is null and p.level = 'everything')

-- name: waiting_on_stopped
-- Notices that wait with a stopped text ($2, $3) and have another text ($4: it has a picture of its own) or a later
-- rung to go on with. $1 channel, $5 limit.
select n.cell, n.notice_id, n.case_id, n.channel, n.template, n.language, n.plan, n.rung, n.picture is not null as pictured,
    (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone
from notice n
join unnest($2::text[], $3::text[], $4::boolean[]) as s(template, language, replaced)
    on n.template = s.template and n.language = s.language
where n.step = 'dispatch' and n.channel = $1 and (s.replaced or n.rung < jsonb_array_length(n.plan) - 1)
    and (n.tries = 0 or n.due_at <= now())
    and coalesce(n.jurisdiction, '') <> all(array(
        select p.key from pause p where p.resumed_at is null and p.level = 'jurisdiction'))
order by n.due_at limit $5
for update of n skip locked

-- name: keep_account_word
insert into account_word (channel, sender, event, at, detail, weight, received_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing
returning event

-- name: keep_sender_event
insert into sender_event (event_id, at, channel, sender, told, facts) values ($1, $2, $3, $4, $5, $6)

-- name: waiting_on_marked
-- Notices that wait for a contact which is not to be used on their channel; a doubted one outweighs an opt-out.
select n.cell, n.notice_id, n.case_id, n.channel, n.plan, n.rung,
    (select j.zone from jurisdiction j where j.code = n.jurisdiction) as zone,
    (select min(m.mark) from contact_mark m where m.contact = n.recipient) as mark
from notice n
where n.step = 'dispatch' and n.channel in ('whatsapp', 'sms') and n.due_at <= now()
    and exists (
        select from contact_mark m
        where m.contact = n.recipient and (m.mark = 'doubtful' or n.channel = 'whatsapp'))
order by n.due_at limit $1
for update of n skip locked
