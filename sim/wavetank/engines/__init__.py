"""Who answers a scenario: engines, independent of one another, behind one registry."""
