-- Which other case stands on the same photograph. Seven bytes of the digest make an entry of 20 bytes instead of 44,
-- and the row itself is compared; a tree, because a camera without a picture sends the same one a thousand times.
-- statement_timeout: 15min
create index photo_content on photo (substr(sha256, 1, 7));
