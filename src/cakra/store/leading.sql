-- name: leads
select exists(select from officer where username = $1 and active and role in ('supervisor', 'commander', 'administrator'))
