// The face that a host app sees; grows with the API.

import SluicegateBindings
