// The face that a host app sees; grows with the API.
package io.sluicegate
