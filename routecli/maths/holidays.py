"""Days off that a price window leaves out, but whose dates no card holds: priced as ordinary days, and said."""

from collections.abc import Iterator

from routecli.maths.pricing import Pricer

CALENDARS = {"cn_public_holidays": "Chinese public holidays"}


def holiday_warnings(pricer: Pricer) -> list[str]:
    """One sentence for each model whose window with such days priced something so far."""
    return sorted(dict.fromkeys(_said(pricer)))


def _said(pricer: Pricer) -> Iterator[str]:
    # What was priced stands in the memo: model, mode, epoch and the windows that held.
    for model_id, mode, epoch, windows, *_ in pricer._rates:
        assert isinstance(model_id, str) and isinstance(mode, str) and isinstance(windows, tuple)
        model = pricer.card.models[model_id]
        at = pricer.at
        if at is None and isinstance(epoch, int) and epoch:
            at = pricer.cuts.epochs[epoch - 1]
        for window in pricer.period(model, mode, at).windows:
            if window.except_dates and window.spec in windows:
                days = CALENDARS.get(window.except_dates, f"the days of '{window.except_dates}'")
                yield (
                    f"{days} are priced as ordinary weekdays, for their dates are not on the card: "
                    f"{model_id}'s {window.name} price is too high on them"
                )
