"""A look that takes too long is ended with its process, and the cases beside it are looked at all the same."""

import cv2
from tests.plates.rendered import rendered, scene

from cakra.core.law.vehicle import VehicleKind
from cakra.engine.images import ImagePool
from cakra.evidence.mask import View
from cakra.journey.screening.look import Shot
from cakra.plates.decision.files import load_calibration
from cakra.plates.decision.terms import terms_of

STREET, (BOX,) = scene(rendered(("B", "1234", "XYZ")))
SHOT = Shot(cv2.imencode(".png", STREET)[1].tobytes(), BOX, None, VehicleKind.CAR, View.REAR, "B1234XYZ")


async def test_a_look_that_takes_too_long_is_ended_and_says_so():
    terms = terms_of(load_calibration())
    pool = ImagePool(1, terms, None, picture_s=60.0)
    await pool.open()
    try:
        (seen,) = await pool.look([[SHOT]], [terms])
        assert (seen.too_slow, seen.readings[0].text) == (False, "B1234XYZ")
        pool.picture_s = 1e-6
        slow, nothing = await pool.look([[SHOT, SHOT], []], [terms] * 2)
        assert (slow.too_slow, slow.readings, slow.derived) == (True, (None, None), ())
        assert not nothing.too_slow
        pool.picture_s = 60.0
        (again,) = await pool.look([[SHOT]], [terms])
        assert again.readings[0].text == "B1234XYZ", "its process was replaced, with its models"
    finally:
        await pool.close()
