"""The folder into which Hikvision cameras (or the relay of an FTP server) drop records and pictures.

    <folder>/<camera>_….xml, ….jpg     <folder>/<camera>/….xml, ….jpg     <folder>/<camera>/<date>/… and the reverse
    <folder>/done/…                          taken: the event is durable
    <folder>/quarantine/…  and  ….reason.txt  refused: also kept sealed in the database

`folder` touches files and never follows a link; `pairing` says which pictures are whose; `watcher` takes them.
"""

from cakra.doors.cameras.hikvision.ftp.report import DropReport, look_at_drop
from cakra.doors.cameras.hikvision.ftp.watcher import FtpWatcher

__all__ = ["DropReport", "FtpWatcher", "look_at_drop"]
