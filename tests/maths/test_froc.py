from vivomap.maths.froc import Scan, sensitivity


def test_a_lesion_that_is_found_twice_counts_once() -> None:
    assert sensitivity([Scan(2, ((0.9, 0), (0.8, 0)))], 1) == 0.5


def test_more_false_ones_are_allowed_and_more_is_found() -> None:
    scans = [Scan(2, ((0.9, 0), (0.8, -1), (0.7, -1), (0.6, 1))), Scan(1, ((0.9, 0),))]
    assert sensitivity(scans, 0) == 2 / 3
    assert sensitivity(scans, 0.5) == 2 / 3
    assert sensitivity(scans, 1) == 1


def test_equal_scores_are_taken_or_left_together() -> None:
    assert sensitivity([Scan(1, ((0.5, 0), (0.5, -1)))], 0) == 0


def test_nothing_proposed_finds_nothing() -> None:
    assert sensitivity([Scan(3, ())], 1) == 0
