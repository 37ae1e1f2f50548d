"""UML, drawn from what there is: the protocol's tables, traces of runs, scenarios, the code's imports."""
