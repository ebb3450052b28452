"""Whether an alert is an event of ours: its `eventType` decides, then whether it says anything of a vehicle."""

from enum import StrEnum
from xml.etree.ElementTree import Element

from cakra.doors.cameras.hikvision.reading.text import local

_TRAFFIC = frozenset({"anpr", "vehicledetection", "vehicleviolation", "traffic", "tfs", "ivs", "its", "ept"})
# What cameras tell of themselves and of their view. Source: ISAPI, EventNotificationAlert, eventType.
_LISTED = """
    vmd motion motiondetection pir videoloss videomismatch badvideo tamperdetection shelteralarm
    defocus defocusdetection     scenechangedetection
    linedetection linecrossing fielddetection regionentrance regionexiting loitering group
    rapidmove parking unattendedbaggage attendedbaggage facedetection facesnap facesnapmodeling
    facecapture humanrecognition
    audioexception audiodetection storagedetection io iooutput inputport hdfull hderror diskfull diskerror nicbroken
    ipconflict illaccess illegallogin networkbroken recordexception highhdtemperature lowhdtemperature rebootevent
    reboot login logout heartbeat keepalive peopledetection peoplecounting personqueuedetection radarmotion
    temperaturedetection thermometry smokedetection firedetection behaviorresult mixedtargetdetection targetcapture
    devicestatuschanged timesync
    """
_OTHERS = frozenset(_LISTED.split())
_SAYS_SOMETHING = frozenset({
    "licenseplate", "platenumber", "plateno", "licenseplatenumber", "licenceplate", "originallicenseplate",
    "illegalinfo", "vehicletype", "vehicleinfo", "pictureinfolist", "confidencelevel",
})  # fmt: skip


class EventKind(StrEnum):
    """What an alert is to us."""

    EVENT = "event"
    EMPTY = "empty"  # ours by its type, but it says nothing: an event only if pictures came with it
    OTHER = "other"  # motion, lost video, heartbeats: a sign of life and nothing else


def kind_of(root: Element, anpr: Element) -> EventKind:
    """`anpr`: the block of the record, or the root itself where the vendor left the block out."""
    told = next(((child.text or "").strip().lower() for child in root if local(child) == "eventtype"), "")
    if told in _OTHERS:
        return EventKind.OTHER
    says = any(local(child) in _SAYS_SOMETHING for child in anpr)
    if told in _TRAFFIC:
        return EventKind.EVENT if says else EventKind.EMPTY
    # No type, or one that we do not know: then only what speaks of a vehicle is an event.
    dropped = local(anpr) in {"anpr", "ftp"}
    return EventKind.EVENT if says or dropped else EventKind.OTHER
