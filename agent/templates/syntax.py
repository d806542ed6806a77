"""What a template may say: its syntax tree is checked, then rewritten so that all has a price.

Loops, joins, comparisons and literals pay by way of three filters of the sandbox that no template can name.
"""

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

from agent.templates.limits import RefusedError

MOST_NODES = 1_500
DEEPEST_LOOPS = 2
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.NSRef, nodes.Const),
    *(
        nodes.List,
        nodes.Tuple,
        nodes.Dict,
        nodes.Pair,
        nodes.Keyword,
        nodes.CondExpr,
        nodes.Filter,
        nodes.Test,
    ),
    *(nodes.Call, nodes.Getitem, nodes.Getattr, nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand),
    *(nodes.BinExpr, nodes.UnaryExpr, nodes.For, nodes.If, nodes.Assign, nodes.AssignBlock, nodes.With),
    *(nodes.ExprStmt, nodes.Break, nodes.Continue),
)


def checked(source: str, environment: Environment) -> nodes.Template:
    """The syntax tree of `source`, if it holds nothing that is not allowed.

    Raises:
        RefusedError: it does, or is too large; the text says what.
        TemplateError: it is no template.
    """
    tree = environment.parse(source)
    count = 0
    stack: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while stack:
        node, loops = stack.pop()
        count += 1
        loops += isinstance(node, nodes.For)
        _check(node, loops)
        stack.extend((child, loops) for child in node.iter_child_nodes())
    if count > MOST_NODES:
        raise RefusedError(f"it has {count} parts; up to {MOST_NODES} would do")
    return tree


def priced(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """`tree` rewritten so that what can grow pays for it; `tree` itself is used up."""
    rewritten: nodes.Template = _Pricing().visit(tree)
    rewritten.set_environment(environment)
    return rewritten


class _Pricing(NodeTransformer):
    """Puts a price on loops, joins, comparisons and literals."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        cost = 1 + sum(_cost(part) for part in (*node.body, *([node.test] if node.test else [])))
        self.generic_visit(node)
        node.iter = _filter(node.iter, "_steps", nodes.Const(cost))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes), "_text")

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _weighed(node.expr)
        for operand in node.ops:
            operand.expr = _weighed(operand.expr)
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _weighed(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _weighed(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return node if node.ctx == "store" else _weighed(node)


def _check(node: nodes.Node, loops: int) -> None:
    if not isinstance(node, _ALLOWED):
        raise RefusedError(f"it uses {type(node).__name__}, which templates of devices may not")
    if isinstance(node, nodes.For) and (node.recursive or loops > DEEPEST_LOOPS):
        raise RefusedError(f"its loops are nested more than {DEEPEST_LOOPS} deep or recursive")
    if isinstance(node, nodes.Filter) and (node.node is None or node.name.startswith("_")):
        raise RefusedError(f"it uses the filter {node.name!r}, which is not for templates")


def _cost(node: nodes.Node) -> int:
    own = len(node.data) // 64 if isinstance(node, nodes.TemplateData) else 0
    return 1 + own + sum(map(_cost, node.iter_child_nodes()))


def _filter(node: nodes.Node, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


def _weighed(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _filter(node, "_weighed")
