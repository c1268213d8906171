"""Compiles a metric of the semantic manifest to SQL, as MetricFlow would, as far as the metrics here go.

A metric is asked by reporter and year (`metric_time`), and by the dimensions that its `meta.group_by` names. Kinds that
no metric here is of, or aggregations other than sums, are an error, so that a new one is not compared by accident.
"""

from __future__ import annotations

from typing import Any

import jinja2

Named = dict[str, Any]


class Metrics:
    """The metrics of a semantic manifest (target/semantic_manifest.json)."""

    def __init__(self, manifest: Named) -> None:
        self.metrics: dict[str, Named] = {metric["name"]: metric for metric in manifest["metrics"]}
        self._models: dict[str, Named] = {
            measure["name"]: model for model in manifest["semantic_models"] for measure in model["measures"]
        }
        (self._spine,) = manifest["project_configuration"]["time_spines"]

    def meta(self, name: str) -> Named:
        meta: Named = self.metrics[name]["config"]["meta"]
        return meta

    def keys(self, name: str) -> list[str]:
        """What the metric is grouped by."""
        return ["reporter", "metric_time", *self.meta(name).get("group_by", [])]

    def sql(self, name: str) -> str:
        """The metric as a query that gives its keys and `value`."""
        return self._sql(name, self.keys(name), [])

    def _sql(self, name: str, keys: list[str], filters: list[str]) -> str:
        metric = self.metrics[name]
        filters = [*filters, *_filters(metric)]
        parameters = metric["type_params"]
        match metric["type"]:
            case "simple":
                return self._simple(parameters["measure"], keys, filters)
            case "ratio":
                inputs = {"numerator": parameters["numerator"], "denominator": parameters["denominator"]}
                value = "cast(numerator as double) / cast(nullif(denominator, 0) as double)"
            case "derived":
                inputs = {one["alias"] or one["name"]: one for one in parameters["metrics"]}
                value = parameters["expr"]
            case kind:
                raise NotImplementedError(f"metric {name} is of type {kind}")
        return self._joined(inputs, value, keys, filters)

    def _simple(self, measure: Named, keys: list[str], filters: list[str]) -> str:
        model = self._models[measure["name"]]
        (column,) = [one for one in model["measures"] if one["name"] == measure["name"]]
        assert column["agg"] == "sum", f"{measure['name']}: only sums are compiled"
        expressions = {one["name"]: one["expr"] or one["name"] for one in (*model["entities"], *model["dimensions"])}
        expressions["metric_time"] = expressions[model["defaults"]["agg_time_dimension"]]

        def dimension(path: str) -> str:
            entity, _, name = path.partition("__")
            assert entity == model["primary_entity"], f"{path} is of another model than {measure['name']}"
            return f"({expressions[name]})"

        where = " and ".join(f"({jinja2.Template(one).render(Dimension=dimension)})" for one in filters) or "true"
        selected = ", ".join(f"{expressions[key]} as {key}" for key in keys)
        value = _filled(f"sum({column['expr']})", measure)
        return f"select {selected}, {value} as value from {_relation(model)} where {where} group by all"

    def _joined(self, inputs: dict[str, Named], value: str, keys: list[str], filters: list[str]) -> str:
        """Every input by the same keys, missing ones filled as their measures say."""
        parts, columns = [], []
        for alias, given in inputs.items():
            sql = self._sql(given["name"], keys, [*filters, *_filters(given)])
            if given["offset_window"]:
                window = f"interval {given['offset_window']['count']} {given['offset_window']['granularity']}"
                spine = f"select {self._spine['primary_column']['name']} from {_relation(self._spine)}"
                sql = (
                    f"select * replace ((metric_time + {window})::date as metric_time) from ({sql}) "
                    f"where (metric_time + {window})::date in ({spine})"
                )
            parts.append(f"(select {', '.join(keys)}, value as {alias} from ({sql}))")
            columns.append(f"{_filled(alias, self.metrics[given['name']]['type_params']['measure'] or {})} as {alias}")
        joined = parts[0] + "".join(f" full join {part} using ({', '.join(keys)})" for part in parts[1:])
        return f"select {', '.join(keys)}, {value} as value from (select {', '.join((*keys, *columns))} from {joined})"


def _relation(owner: Named) -> str:
    relation: str = owner["node_relation"]["relation_name"]
    return relation


def _filters(owner: Named) -> list[str]:
    return [one["where_sql_template"] for one in (owner["filter"] or {}).get("where_filters", [])]


def _filled(sql: str, measure: Named) -> str:
    filler = measure.get("fill_nulls_with")
    return sql if filler is None else f"coalesce({sql}, {filler})"
