"""The style sheet of the access review. Text has a contrast of at least 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root{--ink:#1a1d21;--soft:#4d5661;--paper:#fff;--panel:#f4f6f8;--edge:#c4ccd4;
--good:#116329;--bad:#a40e26;--unknown:#7a4b00;--not-read:#4d5661;--link:#0550ae}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaee;--soft:#a9b4c0;--paper:#14181d;--panel:#1d2329;--edge:#4a5560;
--good:#63d188;--bad:#ff9492;--unknown:#f0b84a;--not-read:#a9b4c0;--link:#79b8ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:90rem;padding:1.5rem;background:var(--paper);color:var(--ink);
font:15px/1.45 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0 0 1rem}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{display:inline;font-size:1rem}
p{margin:.3rem 0;max-width:75rem}a{color:var(--link)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:.4rem 1.5rem;margin:0;
padding:1rem;background:var(--panel);border-radius:6px}
dt{color:var(--soft);font-size:.85rem}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}figure{margin:1rem 0}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}
caption{text-align:left;color:var(--soft);font-size:.85rem;padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--edge)}
td{overflow-wrap:anywhere}td:has(>.mark){white-space:nowrap}td:has(>code){min-width:9rem}
th{background:var(--panel)}td p{margin:0}
code,.detail{font:.85rem/1.45 ui-monospace,monospace;overflow-wrap:anywhere}.detail{color:var(--soft)}
.mark{font-weight:600}.mark.good{color:var(--good)}.mark.bad{color:var(--bad)}
.mark.unknown{color:var(--unknown)}.mark.not-read{color:var(--not-read)}
details{border:1px solid var(--edge);border-radius:6px;margin:.5rem 0;padding:.5rem 1rem;
content-visibility:auto;contain-intrinsic-size:auto 3rem}
summary{cursor:pointer}summary .mark{margin-left:1rem;font-size:.9rem}
svg{max-width:100%;min-width:60rem;height:auto;font:12px system-ui,sans-serif}
svg text{fill:var(--ink)}svg rect{fill:var(--panel);stroke:var(--soft);stroke-width:1}
svg rect.platform{stroke-width:2.5}svg rect.policy{stroke-dasharray:2 2}svg rect.cluster{stroke-width:2}
svg .line{fill:none;stroke-width:1.6}
svg .good .line{stroke:var(--good)}svg .good text{fill:var(--good)}
svg .bad .line{stroke:var(--bad);stroke-dasharray:8 4;stroke-width:2.2}svg .bad text{fill:var(--bad);font-weight:700}
svg .unknown .line{stroke:var(--unknown);stroke-dasharray:2 3;stroke-width:2}svg .unknown text{fill:var(--unknown)}
svg .not-read .line{stroke:var(--not-read);stroke-dasharray:1 4;stroke-width:2}svg .not-read text{fill:var(--not-read)}
@media print{:root{--ink:#000;--soft:#444;--paper:#fff;--panel:#f2f2f2;--edge:#999;
--good:#116329;--bad:#a40e26;--unknown:#7a4b00;--not-read:#444;--link:#000}
@page{margin:12mm}body{padding:0;font-size:10pt;max-width:none}.wide{overflow:visible}
details{content-visibility:visible;border:0;padding:0}details::details-content{content-visibility:visible;display:block}
svg{min-width:0}tr,figure{break-inside:avoid}h2,summary,caption,thead{break-after:avoid}thead{display:table-header-group}
tbody tr:first-child{break-before:avoid}}
"""
