/// The name and the version by which a host app knows this package.
public enum Sluicegate {}
