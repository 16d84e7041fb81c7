"""The register map and command formats: one YAML source, four generated texts."""
