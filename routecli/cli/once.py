"""Options that take one value, typed twice: refused, for the last one winning silently is a guess."""

from typing import Any

from typer.core import TyperCommand

from routecli.errors import UsageError


class OnceCommand(TyperCommand):
    """A command whose options may be given once, unless they are made to be repeated."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As Typer parses them, after a look at what was typed more than once."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        seen = set()
        for param in order:
            if param.name in seen and _takes_one_value(param):
                raise UsageError(
                    "option-twice", f"{param.opts[0]} is given twice", where=ctx.info_name, fix="leave one of them out"
                )
            seen.add(param.name)
        return super().parse_args(ctx, args)


def _takes_one_value(param: Any) -> bool:
    return param.param_type_name == "option" and not (param.multiple or param.is_flag or param.count)
