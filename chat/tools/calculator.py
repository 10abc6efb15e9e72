"""Arithmetic with decimals, of an expression that is read and never run."""

import ast
import operator
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, localcontext
from typing import Any

from pydantic import BaseModel, Field

from aiapp.errors import InvalidInput
from chat.tools.base import Caller, Outcome

DIGITS = 50
MAX_NODES = 200
MAX_EXPONENT = 10_000
# Larger results would be written out with that many zeros.
MAX_PLACES = 60
ONLY = "Only numbers, + - * / // % **, parentheses, and sqrt, abs, round, min, max are known."


class Arguments(BaseModel):
    expression: str = Field(
        description="For example (1250.50 - 990) * 12 / 100. Operators + - * / // % **, "
        "parentheses, and the functions sqrt, abs, round, min, max.",
        max_length=1000,
    )


_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def _round(number: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    if abs(places) > DIGITS:
        raise InvalidInput(f"Round to at most {DIGITS} places.")
    return number.quantize(Decimal(1).scaleb(-int(places)))


_FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "sqrt": Decimal.sqrt,
    "abs": abs,
    "round": _round,
    "min": min,
    "max": max,
}


async def run(caller: Caller, arguments: Arguments) -> Outcome:
    return Outcome(calculate(arguments.expression))


def calculate(expression: str) -> str:
    """The value, exact to `DIGITS` digits. Raises InvalidInput for what is no arithmetic."""
    try:
        source = expression.strip().replace("^", "**").replace("×", "*")
        tree = ast.parse(source, mode="eval")
        if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
            raise InvalidInput("The expression is too long. Calculate it in parts.")
        with localcontext(Context(prec=DIGITS, Emax=MAX_EXPONENT, Emin=-MAX_EXPONENT)):
            return _format(_evaluate(tree.body, source))
    except ZeroDivisionError as error:
        raise InvalidInput("This divides by zero.") from error
    except DecimalException as error:
        raise InvalidInput("This has no result, or one that is too large.") from error
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise InvalidInput("This is not an arithmetic expression.") from error


def _evaluate(node: ast.expr, source: str) -> Decimal:  # noqa: PLR0911 - a case a kind of node
    match node:
        case ast.Constant(value=int() as number) if not isinstance(number, bool):
            return Decimal(number)
        case ast.Constant(value=float()):
            # As it was written: 0.1 is a tenth, and no digit is lost.
            return Decimal((ast.get_source_segment(source, node) or "").replace("_", ""))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand, source)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _evaluate(operand, source)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _raise_to_power(_evaluate(left, source), _evaluate(right, source))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            result: Decimal = _OPERATORS[type(sign)](
                _evaluate(left, source), _evaluate(right, source)
            )
            return result
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_evaluate(each, source) for each in args))
    raise InvalidInput(ONLY)


def _raise_to_power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > MAX_EXPONENT:
        raise InvalidInput("The exponent is too large.")
    return base**exponent


def _format(value: Decimal) -> str:
    """Write a value without an exponent where that is readable, and without idle zeros."""
    if not value:
        return "0"
    value = value.normalize()
    return f"{value:f}" if abs(value.adjusted()) <= MAX_PLACES else str(value)
